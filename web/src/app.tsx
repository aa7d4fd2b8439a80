// The shell: one bar with the places, the language and the colours; below it the place.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { siteQuery } from "./api/queries.ts";
import type { Site } from "./api/types.ts";
import { languages, type Language } from "./api/text.ts";
import { useProblemText } from "./i18n/problem-text.ts";
import { languageNames } from "./i18n/translate.ts";
import { useText } from "./i18n/use-text.ts";
import { AssetPages, AssetsBeside } from "./places/assets.tsx";
import { besideScene } from "./places/assets/address.ts";
import { Catalogue } from "./places/catalogue.tsx";
import { Failure } from "./places/failure.tsx";
import { Operations } from "./places/operations.tsx";
import { Submissions } from "./places/submissions.tsx";
import { Reading } from "./places/submissions/reading.tsx";
import { Twin, type Beside } from "./places/twin.tsx";
import { amend, dismiss, followHistory, go, setTheme, useStore, type Theme } from "./state.ts";
import { Toasts } from "./ui/toasts.tsx";
import { places, toQuery, type Place } from "./url.ts";

export function App() {
  const { t, language, say } = useText();
  const view = useStore((state) => state.view);
  const { data: site, error, refetch } = useQuery(siteQuery);
  const dark = useDark();
  const read = view.place === "submissions" && view.submission !== "new" ? view.submission : "";
  const assets = view.place === "assets" && besideScene.has(view.assets.tab);
  const needsTwin = view.place === "twin" || read !== "" || assets;
  const [twinSeen, setTwinSeen] = useState(needsTwin);

  useEffect(followHistory, []);
  useEffect(() => {
    if (needsTwin) setTwinSeen(true);
  }, [needsTwin]);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  useEffect(() => {
    const name = say(site?.name);
    document.title = [t(`place.${view.place}`), name].filter(Boolean).join(" · ");
  }, [site, say, t, view.place]);

  return (
    <>
      <a className="skip" href="#scene">
        {t("app.skip")}
      </a>
      <header className="top">
        <span className="brand">
          <img src="/icon.svg" width="20" height="20" alt="" />
          <span>{say(site?.name) || "CSDI"}</span>
        </span>
        <Places place={view.place} />
        <span className="grow" />
        <LanguageSwitch />
        <ThemeSwitch />
      </header>
      {error && !site && <Failure error={error} onRetry={() => void refetch()} />}
      {site && twinSeen && <Twin site={site} dark={dark} hidden={!needsTwin} beside={besideOf(site, read, assets)} />}
      {site && view.place === "catalogue" && <Catalogue site={site} dark={dark} />}
      {view.place === "submissions" && !read && <Submissions />}
      {site && view.place === "assets" && !assets && <AssetPages site={site} dark={dark} />}
      {view.place === "operations" && <Operations />}
      <Notices />
    </>
  );
}

/** What is read beside the scene. */
function besideOf(site: Site, read: string, assets: boolean): Beside | null {
  if (read) return { name: "reading", panel: (scene) => <Reading key={read} site={site} id={read} scene={scene} /> };
  return assets ? { name: "assets", panel: (scene, dark) => <AssetsBeside site={site} scene={scene} dark={dark} /> } : null;
}

function Places({ place }: { place: Place }) {
  const { t } = useText();
  const view = useStore((state) => state.view);
  const bar = useRef<HTMLElement>(null);
  useEffect(() => void bar.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" }), [place]);
  return (
    <nav ref={bar} aria-label={t("app.places")}>
      {places.map((one) => (
        <a
          key={one}
          href={location.pathname + toQuery({ ...view, place: one })}
          aria-current={one === place ? "page" : undefined}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            go({ place: one });
          }}
        >
          {t(`place.${one}`)}
        </a>
      ))}
    </nav>
  );
}

function LanguageSwitch() {
  const { t, language } = useText();
  return (
    <select className="select" aria-label={t("app.language")} value={language} onChange={(event) => amend({ language: event.target.value as Language })}>
      {languages.map((tag) => (
        <option key={tag} value={tag} lang={tag}>
          {languageNames[tag]}
        </option>
      ))}
    </select>
  );
}

const themes: readonly Theme[] = ["auto", "light", "dark"];

function ThemeSwitch() {
  const { t } = useText();
  const theme = useStore((state) => state.theme);
  return (
    <select className="select" aria-label={t("app.theme")} value={theme} onChange={(event) => setTheme(event.target.value as Theme)}>
      {themes.map((one) => (
        <option key={one} value={one}>
          {t(`theme.${one}`)}
        </option>
      ))}
    </select>
  );
}

function Notices() {
  const { t } = useText();
  const notices = useStore((state) => state.notices);
  const words = useProblemText();
  return (
    <Toasts
      toasts={notices.map(({ id, problem, count }) => ({ id, ...words(problem, count) }))}
      dismissLabel={t("action.dismiss")}
      onDismiss={dismiss}
    />
  );
}

/** Whether the page is dark now; writes the choice to the document so that the style sheet follows. */
function useDark(): boolean {
  const theme = useStore((state) => state.theme);
  const [system, setSystem] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const follow = (): void => setSystem(query.matches);
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, []);
  const dark = theme === "dark" || (theme === "auto" && system);
  useEffect(() => {
    document.documentElement.dataset["theme"] = dark ? "dark" : "light";
  }, [dark]);
  return dark;
}
