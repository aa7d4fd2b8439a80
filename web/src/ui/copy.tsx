// A value with a button that copies it.
import { useEffect, useState } from "react";
import { IconButton } from "./button.tsx";

export function Copy({ text, label, done }: { text: string; label: string; done: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1600);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (): void => void writeClipboard(text).then(setCopied);
  return <IconButton icon={copied ? "check" : "copy"} label={copied ? done : `${label}: ${text}`} onClick={copy} className="small" />;
}

/** Pages that were not loaded over https have no clipboard interface: there the old way has to do. */
async function writeClipboard(text: string): Promise<boolean> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
  const field = document.createElement("textarea");
  field.value = text;
  field.style.position = "fixed";
  field.style.opacity = "0";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
}
