// A place where files are dropped, or chosen.
import { useRef, useState, type ReactNode } from "react";
import { useText } from "../i18n/use-text.ts";
import { Button } from "./button.tsx";

export function DropZone({
  says,
  onFiles,
  children,
}: {
  says: string;
  onFiles: (files: readonly File[]) => void;
  children: ReactNode;
}) {
  const { t } = useText();
  const [over, setOver] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  return (
    <div
      className={`drop${over ? " over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        onFiles([...event.dataTransfer.files]);
      }}
    >
      <p>{says}</p>
      <Button onClick={() => picker.current?.click()}>{t("upload.choose")}</Button>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label={t("upload.choose")}
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      {children}
    </div>
  );
}
