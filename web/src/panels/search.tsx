// The search box: finds elements, spaces and layers while one types.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { searchQuery } from "../api/queries.ts";
import type { SearchResult } from "../api/types.ts";
import { isKey } from "../i18n/translate.ts";
import { useText } from "../i18n/use-text.ts";
import { useStore } from "../state.ts";
import { IconButton } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { usePaused } from "../ui/paused.ts";
import { Moment } from "./time/moment.tsx";

const pauseMs = 220;
const mostResults = 40;
const mostRecent = 6;
const recentKey = "csdi.searched";

export function Search({ onChoose }: { onChoose: (result: SearchResult) => void }) {
  const { t, say } = useText();
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const asked = usePaused(text.trim(), pauseMs);
  const at = useStore(({ view }) => view.at);
  const { data, isFetching, error } = useQuery(searchQuery(asked, mostResults, at));
  const input = useRef<HTMLInputElement>(null);
  const list = useId();

  const results = asked ? grouped(data?.results ?? []) : [];
  const shown = open && text.trim() !== "";
  useEffect(() => setActive(0), [asked]);
  useEffect(() => {
    if (shown) document.getElementById(`${list}-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [active, shown, list]);

  const choose = (result: SearchResult): void => {
    keepRecent(asked);
    setOpen(false);
    input.current?.blur();
    onChoose(result);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && results.length) {
      event.preventDefault();
      setOpen(true);
      setActive((active + step + results.length) % results.length);
    } else if (event.key === "Enter" && results[active]) choose(results[active]);
    else if (event.key === "Escape" && (shown || text)) {
      event.stopPropagation();
      if (shown) setOpen(false);
      else setText("");
    }
  };

  return (
    <div className="search" role="search">
      <Icon name="search" />
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label={t("search.label")}
        aria-expanded={shown}
        aria-controls={list}
        aria-autocomplete="list"
        {...(shown && results.length ? { "aria-activedescendant": `${list}-${active}` } : {})}
        placeholder={t("search.placeholder")}
        value={text}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => {
          setText(event.target.value);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setTimeout(() => setOpen(false), 150)}
        onKeyDown={onKeyDown}
      />
      {text && (
        <IconButton
          icon="close"
          label={t("search.clear")}
          className="small"
          onClick={() => {
            setText("");
            input.current?.focus();
          }}
        />
      )}
      {open && !text && <Recent onChoose={setText} />}
      <div className="results" hidden={!shown}>
        <p className="hint" role="status">
          {error
            ? error.message || t("problem.server-unreachable")
            : results.length > 0
              ? t("search.results", { n: results.length })
              : isFetching || asked !== text.trim()
                ? "…"
                : t("search.none", { query: asked })}
        </p>
        <Moment at={at} />
        <div role="listbox" id={list} aria-label={t("search.label")}>
          {results.map((result, index) => (
            <div key={`${result.collection} ${result.id}`} role="none">
              {(index === 0 || groupOf(results[index - 1]!) !== groupOf(result)) && <h4 role="presentation">{groupTitle(groupOf(result), t)}</h4>}
              <div
                id={`${list}-${index}`}
                role="option"
                aria-selected={index === active}
                className="result"
                onMouseDown={(event) => event.preventDefault()}
                onMouseEnter={() => setActive(index)}
                onClick={() => choose(result)}
              >
                <span>{say(result.title) || result.id || result.collection}</span>
                {result.subtitle && <small>{say(result.subtitle)}</small>}
              </div>
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

/** What was searched for before and led somewhere, latest first. */
function Recent({ onChoose }: { onChoose: (text: string) => void }) {
  const { t } = useText();
  const texts = recent();
  if (texts.length === 0) return null;
  return (
    <div className="results recent">
      <h4>{t("search.recent")}</h4>
      {texts.map((text) => (
        <button key={text} type="button" className="result" onMouseDown={(event) => event.preventDefault()} onClick={() => onChoose(text)}>
          {text}
        </button>
      ))}
    </div>
  );
}

function recent(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(recentKey) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

function keepRecent(text: string): void {
  if (text) localStorage.setItem(recentKey, JSON.stringify([text, ...recent().filter((one) => one !== text)].slice(0, mostRecent)));
}

function groupTitle(collection: string, t: ReturnType<typeof useText>["t"]): string {
  const name = `group.${collection}`;
  return isKey(name) ? t(name) : collection;
}

/** Whole Collections are one group, Features are grouped by theirs. */
function groupOf({ collection, id }: SearchResult): string {
  return id === null ? "layers" : collection;
}

/** The same results, those of one collection together, collections in the order of their best result. */
function grouped(results: readonly SearchResult[]): SearchResult[] {
  const groups = new Map<string, SearchResult[]>();
  for (const result of results) groups.set(groupOf(result), [...(groups.get(groupOf(result)) ?? []), result]);
  return [...groups.values()].flat();
}
