// What was reported and what was done, month by month.
import type { Figures } from "../../../api/work.ts";
import { useText } from "../../../i18n/use-text.ts";
import { Columns } from "./columns.tsx";

export function Months({ months }: { months: Figures["months"] }) {
  const { t } = useText();
  return (
    <Columns
      label={t("figures.months")}
      months={months.map(({ month }) => month)}
      series={[
        { name: t("figures.reported"), values: months.map(({ reported }) => reported), look: "first" },
        { name: t("figures.done"), values: months.map(({ done }) => done), look: "second" },
      ]}
    />
  );
}
