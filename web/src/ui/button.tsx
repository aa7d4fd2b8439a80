// Buttons: one with words, one with a picture and its words in a tip.
import type { ButtonHTMLAttributes } from "react";
import { Icon, type IconName } from "./icon.tsx";

type Native = ButtonHTMLAttributes<HTMLButtonElement>;

export function Button({ icon, children, ...native }: Native & { icon?: IconName }) {
  return (
    <button type="button" {...native} className={`button ${native.className ?? ""}`}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

export function IconButton({ icon, label, ...native }: Native & { icon: IconName; label: string }) {
  return (
    <button type="button" aria-label={label} title={label} {...native} className={`icon-button ${native.className ?? ""}`}>
      <Icon name={icon} />
    </button>
  );
}
