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
  cut: "M2.500 5.500 8 2.500l5.500 3v5L8 13.500l-5.500-3zM1 11 15 5",
  plan: "M2.500 2.500h11v11h-11zM2.500 8h5m0-5.500v3m0 5.500v2.500M7.500 8v3m0-3h2.500m3.500 0h-1",
  measure: "m1.800 10.800 9-9 3.400 3.400-9 9zM4 8.600l1.600 1.600M6.200 6.400l1.200 1.200M8.400 4.200 10 5.800",
  walk: "M9 1.800a1.200 1.200 0 1 0 0 2.400 1.200 1.200 0 0 0 0-2.400M8.500 5.500 6.500 9l2.500 2 .5 3.500M6.500 9l-.8 2.700L3.500 14M8.500 5.500l2 2.300 2 .4M8.500 5.500 5.500 6.300 4.500 8.500",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 1v1.500m0 11V15M1 8h1.500m11 0H15M3 3l1 1m8 8 1 1M13 3l-1 1M4 12l-1 1",
  spaces: "M2.500 5 8 2l5.500 3v6L8 14l-5.500-3zM2.500 5 8 8l5.500-3M8 8v6",
  picture: "M2 4.500h3l1-1.500h4l1 1.500h3v8.500H2zM8 6a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5",
  flip: "M4.500 2.500 2 5l2.500 2.500M2 5h9m.5 3.500L14 11l-2.500 2.500M14 11H5",
  back: "M6 4 2.500 7.500 6 11M2.500 7.500h7a4 4 0 0 1 0 6H8",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
