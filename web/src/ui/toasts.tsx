// Notices at the foot of the page, read out by screen readers.
import { IconButton } from "./button.tsx";
import { Icon } from "./icon.tsx";

export interface Toast {
  readonly id: number;
  readonly title: string;
  readonly text: string;
  readonly remedy: string;
  readonly footnote: string;
}

export function Toasts({ toasts, dismissLabel, onDismiss }: { toasts: readonly Toast[]; dismissLabel: string; onDismiss: (id: number) => void }) {
  return (
    <div className="toasts" role="alert" aria-live="polite">
      {toasts.map(({ id, title, text, remedy, footnote }) => (
        <div className="toast" key={id}>
          <Icon name="warning" />
          <div>
            <strong>{title}</strong>
            {text && <p>{text}</p>}
            {remedy && <p className="remedy">{remedy}</p>}
            <small>{footnote}</small>
          </div>
          <IconButton icon="close" label={dismissLabel} className="small" onClick={() => onDismiss(id)} />
        </div>
      ))}
    </div>
  );
}
