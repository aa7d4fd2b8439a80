// The report: what it says in numbers first, then every finding by schema, quality and regulation.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, type KeyboardEvent } from "react";
import { byRule, findingFacets, findingsQuery, groups, narrowed, severities, statuses, type Found } from "../../api/findings.ts";
import { choices as decisions, rulesQuery, type Opened, type Submission } from "../../api/submissions.ts";
import type { Site } from "../../api/types.ts";
import type { Key } from "../../i18n/translate.ts";
import { useText } from "../../i18n/use-text.ts";
import { partyColours } from "../../scene/appearance.ts";
import { amend, go, useStore } from "../../state.ts";
import { Group } from "../../ui/group.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Failure } from "../failure.tsx";
import { FindingRow } from "./finding.tsx";
import { outcomeKey } from "./marks.tsx";
import { pinned } from "./preview-look.ts";
import { usePreviews } from "./preview-state.ts";
import { Rules } from "./rules.tsx";

export function Findings({ opened, site }: { opened: Opened; site: Site }) {
  const { t } = useText();
  const { submission } = opened;
  const { narrow, query, finding } = useStore(({ view }) => view);
  const { data: rows, error, refetch } = useQuery(findingsQuery(submission));
  const { data: book } = useQuery(rulesQuery);
  const found = useMemo(() => rows?.map((one) => ({ ...one, group: book?.rules[one.rule]?.chapter ?? one.group })), [rows, book]);
  const shown = useMemo(() => narrowed(found ?? [], narrow, query), [found, narrow, query]);
  usePins(shown);
  usePointedOut(found?.find(({ id }) => id === finding) ?? null);
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!found) return <p className="hint">{t(submission.state === "draft" ? "findings.draft" : "findings.waiting")}</p>;
  return (
    <div className="findings" onKeyDown={moveByArrows}>
      <Summary submission={submission} found={found} />
      {found.length > 0 && <Narrowing found={found} shown={shown.length} />}
      {groups.map((group) => (
        <FindingGroup key={group} title={t(`findings.${group}`)} found={shown.filter((one) => one.group === group)} opened={opened} site={site} chosen={finding} />
      ))}
      <Rules submission={submission} />
    </div>
  );
}

/** The finding that is looked at is pointed out in the scene. */
function usePointedOut(found: Found | null): void {
  const { language } = useText();
  const id = found?.id ?? "";
  useEffect(() => {
    const spot = found?.position
      ? { lon: found.position[0], lat: found.position[1], level: found.place?.height ?? null, text: labelOf(found) || found.texts[language] }
      : null;
    useStore.setState({ spot, marked: found && found.parties.length > 1 ? markedOf(found) : new Map() });
    // A finding that is read again is the same finding.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [id, language]);
}

/** The parties of a finding in colours of their own. */
function markedOf({ model, parties }: Found) {
  return new Map([[model, new Map(parties.map((id, at) => [id, partyColours[at % partyColours.length]!]))]]);
}

/** What is listed is marked in the scene, as long as it is listed. */
function usePins(shown: readonly Found[]): void {
  const look = useStore(({ view }) => view.preview);
  const seen = usePreviews((state) => state.seen);
  useEffect(() => {
    const standing = pinned(shown, look, seen).filter(({ position, status }) => position !== null && status !== "solved");
    const pins = standing.map(({ id, position, place, severity }) => ({ id, lon: position![0], lat: position![1], level: place?.height ?? null, severity }));
    useStore.setState({ pins });
  }, [shown, look, seen]);
  useEffect(() => () => useStore.setState({ pins: [], marked: new Map() }), []);
}

/** What its marker says: the last part of its subject, and what was measured there. */
function labelOf({ subject, measured }: Found): string {
  const name = subject.split(" > ").at(-1) ?? "";
  return [name, measured].filter(Boolean).join(" · ");
}

function Summary({ submission, found }: { submission: Submission; found: readonly Found[] }) {
  const { t, number } = useText();
  const standing = found.filter(({ status }) => status !== "solved");
  const count = (group: string, test: (one: Found) => boolean): string => number(found.filter((one) => one.group === group && test(one)).length);
  return (
    <section className="summary" aria-label={t("findings.summary")}>
      <h2>{standing.length ? t("findings.count", { n: standing.length }) : t("findings.clean")}</h2>
      {Object.entries(submission.reports).map(([model, { outcome, result }]) => (
        <p key={model}>
          <strong>{model}</strong> <span className={`outcome ${outcome ?? ""}`}>{t(outcomeKey(result === "refused" ? "refused" : outcome))}</span>
        </p>
      ))}
      <table>
        <thead>
          <tr>
            <th scope="col">{t("findings.about")}</th>
            {severities.map((severity) => (
              <th key={severity} scope="col" className="number">
                {t(`severity.${severity}`)}
              </th>
            ))}
            {statuses.map((status) => (
              <th key={status} scope="col" className="number">
                {t(`finding.status.${status}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => (
            <tr key={group}>
              <th scope="row">{t(`findings.${group}`)}</th>
              {severities.map((severity) => (
                <td key={severity} className="number">
                  {count(group, (one) => one.severity === severity && one.status !== "solved")}
                </td>
              ))}
              {statuses.map((status) => (
                <td key={status} className="number">
                  {count(group, (one) => one.status === status)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const facetValues: Readonly<Record<(typeof findingFacets)[number], readonly string[]>> = {
  status: statuses,
  severity: severities,
  decision: ["none", ...decisions, "lapsed"],
};

function Narrowing({ found, shown }: { found: readonly Found[]; shown: number }) {
  const { t, number } = useText();
  const { narrow, query } = useStore(({ view }) => view);
  const toggle = (choice: string): void => amend({ narrow: narrow.includes(choice) ? narrow.filter((one) => one !== choice) : [...narrow, choice] });
  return (
    <div className="narrowing">
      <div className="filter">
        <Icon name="search" size={14} />
        <input
          type="search"
          aria-label={t("findings.search")}
          placeholder={t("findings.search")}
          value={query}
          onChange={(event) => amend({ query: event.target.value })}
        />
        <span className="count" role="status">
          {t("findings.shown", { n: shown, total: found.length })}
        </span>
      </div>
      {findingFacets.map((facet) => (
        <div key={facet} className="choices" role="group" aria-label={t(`findings.facet.${facet}`)}>
          {facetValues[facet]
            .map((value) => [value, `${facet}:${value}`, found.filter((one) => (one[facet] || "none") === value).length] as const)
            .filter(([, choice, count]) => count > 0 || narrow.includes(choice))
            .map(([value, choice, count]) => (
              <button key={value} type="button" className="choice" aria-pressed={narrow.includes(choice)} onClick={() => toggle(choice)}>
                {t(valueKey(facet, value))} <small>{number(count)}</small>
              </button>
            ))}
        </div>
      ))}
    </div>
  );
}

function valueKey(facet: string, value: string): Key {
  return `${facet === "status" ? "finding.status" : facet}.${value}` as Key;
}

const mostOfRule = 50;

interface GroupProps {
  readonly title: string;
  readonly found: readonly Found[];
  readonly opened: Opened;
  readonly site: Site;
  readonly chosen: string;
}

function FindingGroup({ title, found, opened, site, chosen }: GroupProps) {
  const { t, number, say } = useText();
  const { data: book } = useQuery(rulesQuery);
  if (found.length === 0) return null;
  return (
    <Group title={title} count={number(found.length)}>
      {byRule(found).map(({ rule, found: of }) => {
        const first = of.slice(0, mostOfRule);
        const more = of.slice(mostOfRule);
        const kept = more.filter(({ id }) => id === chosen);
        return (
          <section key={rule} className="rule">
            <h4>
              {rule} {say(book?.rules[rule]?.title)} <span className="count">{number(of.length)}</span>
            </h4>
            {book?.rules[rule]?.clause && <p className="particulars">{book.rules[rule].clause}</p>}
            <ul>
              {[...first, ...kept].map((one) => (
                <FindingRow key={one.id} found={one} opened={opened} isChosen={one.id === chosen} onChoose={() => choose(one, site, chosen)} />
              ))}
            </ul>
            {more.length > 0 && <p className="hint">{t("findings.more", { n: more.length })}</p>}
          </section>
        );
      })}
    </Group>
  );
}

/** Looks at a finding, and at its element where the twin has it or the submitted model is seen; a second time closes it. */
function choose({ id, model, globalId }: Found, site: Site, chosen: string): void {
  if (id === chosen) return go({ finding: "", selection: null });
  const isDrawn = globalId && (site.models.some((one) => one.id === model) || usePreviews.getState().seen.some((one) => one.model === model));
  go({ finding: id, selection: isDrawn ? { collection: "elements", id: `${model}:${globalId}` } : null });
}

/** Up and down lead from finding to finding. */
function moveByArrows(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>(".finding-open")];
  const at = all.indexOf(document.activeElement as HTMLElement);
  if (at < 0) return;
  event.preventDefault();
  all[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
}
