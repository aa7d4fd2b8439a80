// A button that takes a picture where there is a camera, and chooses one where there is none.
import { useRef } from "react";
import { Button } from "../../../ui/button.tsx";

interface Props {
  readonly label: string;
  readonly disabled?: boolean;
  readonly onFile: (file: File) => void;
  /** Media types, pictures unless said. */
  readonly accept?: string;
}

export function PhotoButton({ label, disabled = false, onFile, accept = "image/*" }: Props) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button icon="picture" className="big" disabled={disabled} onClick={() => picker.current?.click()}>
        {label}
      </Button>
      <input
        ref={picker}
        type="file"
        accept={accept}
        capture="environment"
        hidden
        aria-label={label}
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onFile(file);
          event.target.value = "";
        }}
      />
    </>
  );
}
