// The line below the scene: where one points, where the eye is, what is still loading.
import { formatDistance, formatFixed } from "../i18n/translate.ts";
import { useText } from "../i18n/use-text.ts";
import { useStore } from "../state.ts";

export function StatusLine() {
  const { t, language } = useText();
  const pointer = useStore((state) => state.pointer);
  const eye = useStore((state) => state.eye);
  return (
    <footer className="status-line">
      {pointer && (
        <span title={t("status.pointer")}>
          {formatFixed(pointer.lat, 5)}° N {formatFixed(pointer.lon, 5)}° E
          <em>{t("unit.ellipsoidal", { height: formatFixed(pointer.height, 1) })}</em>
        </span>
      )}
      {eye && <span>{t("status.eye", { height: formatDistance(language, eye.height) })}</span>}
      <span className="grow" />
      <Loading />
    </footer>
  );
}

function Loading() {
  const { t } = useText();
  const { tiles, terrain } = useStore((state) => state.progress);
  const layers = useStore((state) => Object.values(state.status).filter((one) => one.state === "loading").length);
  const parts = [
    ...(tiles + terrain > 0 ? [t("status.loading", { tiles, terrain })] : []),
    ...(layers > 0 ? [t("status.loadingLayers", { n: layers })] : []),
  ];
  return <span role="status">{parts.length ? parts.join(" · ") : t("status.complete")}</span>;
}
