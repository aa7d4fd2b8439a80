// What keys and fingers do in the scene.
import type { Key } from "../../i18n/translate.ts";
import { useText } from "../../i18n/use-text.ts";

const keys: readonly (readonly [what: Key, keys: readonly string[]])[] = [
  ["keys.move", ["←", "→", "↑", "↓"]],
  ["keys.zoom", ["+", "−"]],
  ["keys.also", ["Shift"]],
  ["keys.escape", ["Esc"]],
  ["keys.walk", ["W", "A", "S", "D"]],
  ["keys.turn", ["Q", "E"]],
  ["keys.run", ["Shift"]],
  ["keys.tabs", ["←", "→"]],
  ["keys.swipe", ["←", "→"]],
  ["keys.help", ["?"]],
];
const gestures: readonly Key[] = ["gesture.drag", "gesture.pinch", "gesture.twist", "gesture.tilt", "gesture.tap"];
const mouse: readonly Key[] = ["mouse.left", "mouse.right", "mouse.middle", "mouse.shift"];

export function KeysPanel() {
  const { t } = useText();
  return (
    <div className="tool-body keys">
      <dl className="keymap">
        {keys.map(([what, caps]) => (
          <div key={what}>
            <dt>{t(what)}</dt>
            <dd>
              {caps.map((cap) => (
                <kbd key={cap}>{cap}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <h3>{t("keys.mouse")}</h3>
      <ul>
        {mouse.map((one) => (
          <li key={one}>{t(one)}</li>
        ))}
      </ul>
      <h3>{t("keys.touch")}</h3>
      <ul>
        {gestures.map((one) => (
          <li key={one}>{t(one)}</li>
        ))}
      </ul>
      <p className="tool-hint">{t("keys.still")}</p>
    </div>
  );
}
