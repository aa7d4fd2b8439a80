// A number that may be left open; what is being typed is taken once it is a number.
import { useEffect, useState } from "react";

export function NumberField({ label, value, step = 0.1, onChange }: { label: string; value: number | null; step?: number; onChange: (value: number | null) => void }) {
  const [text, setText] = useState(written(value));
  useEffect(() => setText((before) => (read(before) === value ? before : written(value))), [value]);
  return (
    <input
      type="number"
      inputMode="decimal"
      step={step}
      aria-label={label}
      title={label}
      value={text}
      onChange={(event) => {
        setText(event.target.value);
        if (event.target.value === "" || Number.isFinite(Number(event.target.value))) onChange(read(event.target.value));
      }}
    />
  );
}

function written(value: number | null): string {
  return value === null ? "" : String(Math.round(value * 100) / 100);
}

function read(text: string): number | null {
  return text === "" ? null : Number(text);
}
