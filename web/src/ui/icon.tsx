// Small line pictures, 16 by 16, in the colour of the text.
const paths = {
  search: "M7 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9M10.300 10.300 14 14",
  close: "m3.500 3.500 9 9m0-9-9 9",
  chevron: "m6 3.500 4.500 4.500L6 12.500",
  fly: "M8 1.800v2.700m0 7v2.700M1.800 8h2.700m7 0h2.700M8 5.200a2.800 2.800 0 1 0 0 5.600 2.800 2.800 0 0 0 0-5.600",
  copy: "M5.500 5.500v-3h8v8h-3m-8-5h8v8h-8z",
  check: "m3 8.500 3.200 3.200L13 4.800",
  home: "m2.500 7.500 5.500-5 5.500 5M4 6.500v7h8v-7",
  north: "M8 1.800 12 13l-4-2.400L4 13z",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  panel: "M2 3h12v10H2zm4 0v10",
  theme: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2m0 0v12",
  warning: "M8 2 14.500 13.500h-13zm0 4.500v3.500m0 1.500v.5",
  through: "M2 4.500 8 2l6 2.500v7L8 14l-6-2.500zM8 6.200a1.800 1.800 0 1 0 0 3.600 1.800 1.800 0 0 0 0-3.600",
  out: "M6 3H3v10h10v-3M9 3h4v4m0-4L7.500 8.500",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
