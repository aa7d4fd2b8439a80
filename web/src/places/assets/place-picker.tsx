// A field in which one finds an asset, a room or another place by its name.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useState, type KeyboardEvent } from "react";
import { suggestionsQuery } from "../../api/assets.ts";
import { searchQuery } from "../../api/queries.ts";
import { useText } from "../../i18n/use-text.ts";
import { usePaused } from "../../ui/paused.ts";
import { useAssetWords } from "./words.ts";

const pauseMs = 220;
const mostRooms = 8;

export interface Picked {
  readonly id: string;
  readonly name: string;
}

interface Props {
  readonly label: string;
  readonly kinds: readonly ("assets" | "rooms")[];
  readonly onPick: (picked: Picked) => void;
  /** What is written there at first; without it the field is emptied after each choice. */
  readonly value?: string;
  /** Choices that are always offered, such as the nearest exit. */
  readonly fixed?: readonly Picked[];
}

export function PlacePicker({ label, kinds, onPick, value, fixed = [] }: Props) {
  const { t } = useText();
  const id = useId();
  const [text, setText] = useState(value ?? "");
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const found = useFound(usePaused(text.trim(), pauseMs), kinds, open);
  const results = [...fixed, ...found];
  useEffect(() => setText(value ?? ""), [value]);

  const pick = (one: Picked): void => {
    setOpen(false);
    setText(value === undefined ? "" : one.name);
    onPick(one);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined && results.length) {
      event.preventDefault();
      setOpen(true);
      setActive((active + by + results.length) % results.length);
    } else if (event.key === "Enter" && open && results[active]) {
      event.preventDefault();
      pick(results[active]);
    } else if (event.key === "Enter" && text.trim()) {
      event.preventDefault();
      pick({ id: text.trim(), name: text.trim() });
    } else if (event.key === "Escape" && open) {
      event.stopPropagation();
      setOpen(false);
    }
  };
  const shown = open && results.length > 0;
  return (
    <div className="field place-picker">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        role="combobox"
        aria-expanded={shown}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        {...(shown ? { "aria-activedescendant": `${id}-${active}` } : {})}
        placeholder={t("assets.pick.hint")}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setTimeout(() => setOpen(false), 150)}
        onKeyDown={onKeyDown}
      />
      <div className="results" hidden={!shown} role="listbox" id={`${id}-list`} aria-label={label}>
        {results.map((one, at) => (
          <div
            key={one.id}
            id={`${id}-${at}`}
            role="option"
            aria-selected={at === active}
            className="result"
            onMouseDown={(event) => event.preventDefault()}
            onMouseEnter={() => setActive(at)}
            onClick={() => pick(one)}
          >
            <span>{one.name}</span>
            {"note" in one && <small>{String(one.note)}</small>}
          </div>
        ))}
      </div>
    </div>
  );
}

function useFound(text: string, kinds: readonly string[], open: boolean): (Picked & { note: string })[] {
  const { say } = useText();
  const words = useAssetWords();
  const assets = useQuery({ ...suggestionsQuery(open && kinds.includes("assets") ? text : ""), retry: false });
  const rooms = useQuery({ ...searchQuery(open && kinds.includes("rooms") ? text : "", 40), retry: false });
  if (!text) return [];
  return [
    ...(rooms.data?.results ?? [])
      .filter(({ collection, id }) => collection === "spaces" && id !== null)
      .slice(0, mostRooms)
      .map(({ id, title, subtitle }) => ({ id: id!, name: say(title) || id!, note: say(subtitle ?? "") })),
    ...(kinds.includes("assets") ? (assets.data ?? []) : []).map((one) => ({
      id: one.id,
      name: one.tag,
      note: [words.nameOf(one), one.storey_name].filter(Boolean).join(" · "),
    })),
  ];
}
