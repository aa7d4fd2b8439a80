// Named views of this browser, a file of them for others, and the address of the present view.
import { useState } from "react";
import { useText } from "../../i18n/use-text.ts";
import { go, useStore } from "../../state.ts";
import { toQuery } from "../../url.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Copy } from "../../ui/copy.tsx";
import { download } from "../../ui/download.ts";
import { DropZone } from "../../ui/drop-zone.tsx";
import { dayAndTime } from "../time/words.ts";
import type { PanelProps } from "../tools/tools.tsx";
import { keep, kept, merged, newId, queryOf, readFile, viewOf, written, type Bookmark } from "./kept.ts";

const pictureSize = [144, 81] as const;

export function BookmarksPanel({ scene }: PanelProps) {
  const { t } = useText();
  const [bookmarks, setBookmarks] = useState(kept);
  const [name, setName] = useState("");
  const [said, setSaid] = useState("");
  const put = (next: readonly Bookmark[]): void => {
    setBookmarks(next);
    setSaid(keep(next) ? "" : t("bookmarks.full"));
  };
  const add = (): void => {
    const words = name.trim() || t("bookmarks.numbered", { n: bookmarks.length + 1 });
    const picture = small(scene.widget);
    put([{ id: newId(), name: words, query: queryOf(useStore.getState().view), made: new Date().toISOString(), picture }, ...bookmarks]);
    setName("");
  };
  const take = async (file: File): Promise<void> => {
    const coming = readFile(await file.text());
    if (!coming) return setSaid(t("bookmarks.unreadable", { name: file.name }));
    put(merged(bookmarks, coming));
    setSaid(t("bookmarks.taken", { n: coming.length }));
  };
  return (
    <div className="tool-body bookmarks">
      <Share />
      <form
        className="bookmark-new"
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <input type="text" maxLength={120} value={name} aria-label={t("bookmarks.name")} placeholder={t("bookmarks.name")} onChange={(event) => setName(event.target.value)} />
        <button type="submit" className="button">{t("bookmarks.add")}</button>
      </form>
      <p className="tool-hint" role="status">{said}</p>
      {bookmarks.length === 0 ? <p className="tool-hint">{t("bookmarks.none")}</p> : <List bookmarks={bookmarks} onChange={put} />}
      <DropZone says={t("bookmarks.drop")} onFiles={(files) => files[0] && void take(files[0])}>
        <Button disabled={bookmarks.length === 0} onClick={() => download(new Blob([written(bookmarks)], { type: "application/json" }), t("tool.bookmarks"), "json")}>{t("bookmarks.save")}</Button>
      </DropZone>
    </div>
  );
}

/** The address of the present view, with the language in which it is read. */
function Share() {
  const { t, language } = useText();
  const view = useStore((state) => state.view);
  const address = location.origin + location.pathname + toQuery({ ...view, language });
  return (
    <label className="share">
      <span>{t("bookmarks.share")}</span>
      <span className="copyable">
        <input type="text" readOnly value={address} onFocus={(event) => event.target.select()} />
        <Copy text={address} label={t("bookmarks.copy")} done={t("action.copied")} />
      </span>
    </label>
  );
}

function List({ bookmarks, onChange }: { bookmarks: readonly Bookmark[]; onChange: (next: readonly Bookmark[]) => void }) {
  const { t, language } = useText();
  const [renaming, setRenaming] = useState("");
  const rename = (id: string, name: string): void => {
    setRenaming("");
    if (name.trim()) onChange(bookmarks.map((one) => (one.id === id ? { ...one, name: name.trim() } : one)));
  };
  return (
    <ul className="bookmark-list">
      {bookmarks.map((bookmark) => (
        <li key={bookmark.id}>
          {renaming === bookmark.id ? (
            <input
              type="text"
              autoFocus
              maxLength={120}
              defaultValue={bookmark.name}
              aria-label={t("bookmarks.rename", { name: bookmark.name })}
              onBlur={(event) => rename(bookmark.id, event.target.value)}
              onKeyDown={(event) => {
                if (event.key === "Enter") rename(bookmark.id, event.currentTarget.value);
                if (event.key !== "Escape") return;
                event.preventDefault();
                setRenaming("");
              }}
            />
          ) : (
            <button type="button" className="bookmark" onClick={() => go(viewOf(bookmark, useStore.getState().view))}>
              {bookmark.picture ? <img src={bookmark.picture} alt="" width={72} height={41} /> : <span className="no-picture" />}
              <span>
                {bookmark.name}
                <small>{bookmark.made && dayAndTime(bookmark.made, language)}</small>
              </span>
            </button>
          )}
          <IconButton icon="pen" className="small" label={t("bookmarks.rename", { name: bookmark.name })} onClick={() => setRenaming(bookmark.id)} />
          <IconButton icon="close" className="small" label={t("bookmarks.remove", { name: bookmark.name })} onClick={() => onChange(bookmarks.filter(({ id }) => id !== bookmark.id))} />
        </li>
      ))}
    </ul>
  );
}

/** The middle of the picture, small. */
function small({ scene, canvas }: PanelProps["scene"]["widget"]): string {
  const [width, height] = pictureSize;
  scene.requestRender();
  scene.render();
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [width, height];
  const share = Math.min(canvas.width / width, canvas.height / height);
  const [w, h] = [width * share, height * share];
  sheet.getContext("2d")!.drawImage(canvas, (canvas.width - w) / 2, (canvas.height - h) / 2, w, h, 0, 0, width, height);
  return sheet.toDataURL("image/jpeg", 0.7);
}
