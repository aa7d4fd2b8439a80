// How many warranties end in each of the next months.
import { useQueries } from "@tanstack/react-query";
import { quoted, readPage } from "../../../api/assets.ts";
import { useText } from "../../../i18n/use-text.ts";
import { openAssets } from "../work/address.ts";
import { dayOf, plusDays, plusMonths } from "../work/days.ts";
import { Columns } from "./columns.tsx";

const ahead = 12;

export function Warranties() {
  const { t } = useText();
  const first = `${dayOf(new Date()).slice(0, 7)}-01`;
  const months = Array.from({ length: ahead }, (_, at) => plusMonths(first, at));
  const counts = useQueries({ queries: months.map((month) => endingQuery(month)) }).map(({ data }) => data ?? 0);
  return (
    <Columns
      label={t("figures.warranties")}
      months={months.map((month) => month.slice(0, 7))}
      series={[{ name: t("figures.ending"), values: counts, look: "first" }]}
      onOpen={(month) => openAssets({ tab: "register", narrow: [`warranty_from:${month}-01`, `warranty_to:${lastOf(month)}`] })}
    />
  );
}

function lastOf(month: string): string {
  return plusDays(plusMonths(`${month}-01`, 1), -1);
}

const endingQuery = (month: string) => ({
  queryKey: ["asset-warranties", month],
  queryFn: async ({ signal }: { signal: AbortSignal }) => {
    const filter = `warranty_end >= ${quoted(month)} AND warranty_end <= ${quoted(lastOf(month.slice(0, 7)))}`;
    return (await readPage({ filter, text: "", sort: "" }, "", 1, signal)).matched ?? 0;
  },
  staleTime: 300_000,
});
