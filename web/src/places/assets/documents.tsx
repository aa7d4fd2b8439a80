// Documents of an asset: links, and files that are sent in parts.
import { useState } from "react";
import { addDocument, assetPath, removeDocument, type Document, type Opened } from "../../api/assets.ts";
import { askAsEditor } from "../../api/editor.ts";
import { Problem } from "../../api/problem.ts";
import { sendFile } from "../../api/tus.ts";
import { useText } from "../../i18n/use-text.ts";
import { tell } from "../../state.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Trouble } from "../submissions/trouble.tsx";
import { useAssetAction } from "./action.ts";
import { save } from "./exporting.tsx";

export function Documents({ opened: { asset, etag }, mayEdit }: { opened: Opened; mayEdit: boolean }) {
  const { t } = useText();
  const action = useAssetAction();
  const [adding, setAdding] = useState(false);
  const documents = (asset["documents"] ?? []) as readonly Document[];
  const fetchFile = async ({ id, file }: Document): Promise<void> => {
    try {
      save(await (await askAsEditor(assetPath(asset.id, `documents/${encodeURIComponent(id)}`))).blob(), file ?? id);
    } catch (thrown) {
      tell(Problem.of(thrown));
    }
  };
  return (
    <>
      {documents.length === 0 && <p className="hint">{t("assets.documents.none")}</p>}
      <ul className="link-list">
        {documents.map((one, at) => (
          <li key={one.id ?? at}>
            {one.url ? (
              <a href={one.url} target="_blank" rel="noreferrer noopener">
                {one.title || one.url}
              </a>
            ) : one.location ? (
              <span>
                {one.title} ({[...new Set([one.location, one.file])].filter(Boolean).join("/")})
              </span>
            ) : (
              <button type="button" className="link" onClick={() => void fetchFile(one)}>
                {one.title || one.file}
              </button>
            )}
            {mayEdit && one.id && (
              <IconButton
                icon="close"
                className="small"
                label={t("assets.documents.drop", { name: one.title || one.id })}
                disabled={action.busy}
                onClick={() => void action.run(() => removeDocument(asset.id, etag, one.id))}
              />
            )}
          </li>
        ))}
      </ul>
      {mayEdit && !adding && (
        <Button icon="plus" onClick={() => setAdding(true)}>
          {t("assets.documents.add")}
        </Button>
      )}
      {adding && <Adding id={asset.id} etag={etag} onDone={() => setAdding(false)} />}
      <Trouble problem={action.problem} />
    </>
  );
}

function Adding({ id, etag, onDone }: { id: string; etag: string; onDone: () => void }) {
  const { t, number } = useText();
  const action = useAssetAction();
  const [title, setTitle] = useState("");
  const [url, setUrl] = useState("");
  const [file, setFile] = useState<File | null>(null);
  const [share, setShare] = useState<number | null>(null);
  const add = async (): Promise<void> => {
    if (!file) return addDocument(id, etag, { title: title.trim() || url, url });
    const path = await sendFile(file, { onShare: setShare, signal: new AbortController().signal });
    setShare(null);
    await addDocument(id, etag, { title: title.trim() || file.name, upload: path });
  };
  return (
    <form
      className="edit"
      onSubmit={(event) => {
        event.preventDefault();
        void action.run(add).then((done) => done && onDone());
      }}
    >
      <div className="edit-fields">
        <label className="field">
          {t("assets.documents.title")}
          <input value={title} maxLength={200} onChange={(event) => setTitle(event.target.value)} />
        </label>
        <label className="field">
          {t("assets.documents.url")}
          <input type="url" value={url} disabled={file !== null} onChange={(event) => setUrl(event.target.value)} />
        </label>
        <label className="field">
          {t("assets.documents.file")}
          <input type="file" onChange={(event) => setFile(event.target.files?.[0] ?? null)} />
        </label>
      </div>
      {share !== null && <progress value={share} max={1} aria-label={`${number(share * 100, 0)} %`} />}
      <Trouble problem={action.problem} />
      <div className="record-actions">
        <Button type="submit" className="primary" disabled={action.busy || (!url && !file)}>
          {t("assets.documents.add")}
        </Button>
        <Button onClick={onDone}>{t("edit.cancel")}</Button>
      </div>
    </form>
  );
}
