// A file that the page has made, handed to the browser.

const keptMs = 10_000;

/** Saves a file under a title that becomes its name. */
export function download(file: Blob, title: string, ending: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `${title.replace(/[\\/:*?"<>|\s]+/g, " ").trim() || "view"}.${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), keptMs);
}
