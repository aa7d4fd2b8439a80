// A few words that somebody has to say before something is done.
import { useEffect, useRef, useState } from "react";
import { useText } from "../../i18n/use-text.ts";
import { Button } from "../../ui/button.tsx";

interface Props {
  readonly label: string;
  readonly action: string;
  readonly needed: boolean;
  readonly onSay: (words: string) => void;
  readonly onCancel?: () => void;
}

export function Ask({ label, action, needed, onSay, onCancel }: Props) {
  const { t } = useText();
  const [words, setWords] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (onCancel) field.current?.focus();
    // The field is where one goes on, once.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  return (
    <form
      className="ask"
      onSubmit={(event) => {
        event.preventDefault();
        onSay(words.trim());
        setWords("");
      }}
    >
      <label className="field">
        {label}
        <textarea ref={field} rows={2} required={needed} value={words} onChange={(event) => setWords(event.target.value)} />
      </label>
      <div className="record-actions">
        <Button type="submit" className="primary" disabled={needed && !words.trim()}>
          {action}
        </Button>
        {onCancel && <Button onClick={onCancel}>{t("edit.cancel")}</Button>}
      </div>
    </form>
  );
}
