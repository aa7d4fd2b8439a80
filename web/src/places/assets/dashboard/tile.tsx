// One figure that leads to the list behind it.
interface Props {
  readonly name: string;
  readonly value: string;
  readonly note: string;
  readonly bad?: boolean;
  readonly onOpen: () => void;
}

export function Tile({ name, value, note, bad = false, onOpen }: Props) {
  return (
    <button type="button" className={`tile${bad ? " bad" : ""}`} onClick={onOpen}>
      <span>{name}</span>
      <b>{value}</b>
      <small>{note}</small>
    </button>
  );
}
