// How many warranties end in each of the next months.
import { useQueries, useQuery } from "@tanstack/react-query";
import { fromFirst, quoted, readPage } from "../../../api/assets.ts";
import { useText } from "../../../i18n/use-text.ts";
import { openAssets } from "../work/address.ts";
import { dayOf, plusDays, plusMonths } from "../work/days.ts";
import { Columns } from "./columns.tsx";

const ahead = 12;

export function Warranties() {
  const { t } = useText();
  const first = `${dayOf(new Date()).slice(0, 7)}-01`;
  const months = Array.from({ length: ahead }, (_, at) => plusMonths(first, at));
  const counts = useQueries({ queries: months.map((month) => endingQuery(month, lastOf(month.slice(0, 7)))) }).map(({ data }) => data ?? 0);
  const today = dayOf(new Date());
  const over = useQuery(endingQuery("0001-01-01", today)).data ?? 0;
  return (
    <>
      <p className="warranties-over">
        <button type="button" className="link" onClick={() => openAssets({ tab: "register", narrow: [`warranty_to:${today}`] })}>
          {t("figures.warranties.over", { n: over })}
        </button>
      </p>
      <Columns
        label={t("figures.warranties")}
        months={months.map((month) => month.slice(0, 7))}
        series={[{ name: t("figures.ending"), values: counts, look: "first" }]}
        onOpen={(month) => openAssets({ tab: "register", narrow: [`warranty_from:${month}-01`, `warranty_to:${lastOf(month)}`] })}
      />
    </>
  );
}

function lastOf(month: string): string {
  return plusDays(plusMonths(`${month}-01`, 1), -1);
}

/** How many warranties end between two days, both included. */
const endingQuery = (first: string, last: string) => ({
  queryKey: ["asset-warranties", first, last],
  queryFn: async ({ signal }: { signal: AbortSignal }) => {
    const filter = `warranty_end >= ${quoted(first)} AND warranty_end <= ${quoted(last)}`;
    return (await readPage({ filter, text: "", sort: "" }, fromFirst, 1, signal)).matched ?? 0;
  },
  staleTime: 300_000,
});
