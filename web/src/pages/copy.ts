// Buttons that copy the snippet beside them; they appear only where the browser lets a page copy.
for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
  const code = button.parentElement?.querySelector("pre");
  if (!code || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", () => {
    void navigator.clipboard.writeText(code.textContent ?? "").then(() => {
      const word = button.textContent;
      button.textContent = "✓";
      setTimeout(() => (button.textContent = word), 1500);
    });
  });
}

export {};
