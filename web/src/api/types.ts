// What the server's answers look like, as far as this page reads them.

/** Text by language tag; which languages there are depends on the data. */
export type Text = string | Readonly<Partial<Record<string, string>>>;

/** West, south, east, north in degrees; or with heights at places 2 and 5. */
export type BBox = readonly number[];

export interface Site {
  readonly name: Text;
  /** Longitude, latitude in degrees, and the height of 0 mPD there above the WGS 84 ellipsoid, metres. */
  readonly centre: readonly [lon: number, lat: number, height: number];
  readonly bbox: BBox;
  readonly terrain: { readonly url: string } | null;
  readonly tileset: string | null;
  readonly change: number;
  /** Instant at which it is seen as it was; never said by the server, whose site is that of now. */
  readonly at?: string;
  readonly imagery: readonly Imagery[];
  readonly layers: readonly Layer[];
  readonly models: readonly Model[];
  /** Whether there is an asset register that one may read. */
  readonly register?: boolean;
  /** The layers of buildings that are drawn from 3D tiles. */
  readonly city?: readonly City[];
  /** Whether editors can send layers, and how large a file may be. */
  readonly upload?: { readonly open: boolean; readonly limit_mb: number };
}

/** A layer of buildings as 3D tiles. */
export interface City {
  /** The layer. */
  readonly collection: string;
  readonly tileset: string;
  /** Ids of buildings that a model shows better, with that of the model. */
  readonly replaced: Readonly<Partial<Record<string, string>>>;
}

export interface Imagery {
  readonly id: string;
  readonly title: Text;
  readonly url: string;
  readonly bbox: BBox;
  readonly min_zoom: number;
  readonly max_zoom: number;
  /** A picture of the ground, rather than coloured values. */
  readonly photo?: boolean;
  readonly visible?: boolean;
}

export interface Layer {
  readonly id: string;
  readonly title: Text;
  readonly geometry: string;
  readonly count: number;
  readonly bbox: BBox | null;
  readonly items: string;
  readonly style: LayerStyle;
  readonly visible?: boolean;
}

export interface LayerStyle {
  readonly color: string;
  /** Whether areas are filled, or with which colour. */
  readonly fill?: string | boolean | null;
  /** Names of the fields, or numbers, that say where a solid begins and ends, mPD. */
  readonly extrude?: { readonly base: string | number | null; readonly top: string | number } | null;
  /** Name of the field, or the number, that says at which level an area lies, mPD: a limit rather than ground. */
  readonly height?: string | number | null;
  /** Whether areas lie at the heights of their own positions, mPD. */
  readonly surface?: boolean;
}

export interface Model {
  readonly id: string;
  readonly title: Text;
  readonly name?: string;
  readonly placement: "georeferenced" | "local";
  readonly reason?: string;
  readonly tileset: string | null;
  /** The tileset of its spaces. */
  readonly spaces?: string | null;
  readonly bbox: BBox | null;
  readonly count: number;
  readonly height_datum?: string | null;
  readonly schema?: string | null;
  readonly findings?: number;
}

export interface Link {
  readonly href: string;
  readonly rel: string;
  readonly type?: string;
  readonly title?: string;
}

export type Position = readonly number[];

export type Geometry =
  | { readonly type: "Point"; readonly coordinates: Position }
  | { readonly type: "MultiPoint"; readonly coordinates: readonly Position[] }
  | { readonly type: "LineString"; readonly coordinates: readonly Position[] }
  | { readonly type: "MultiLineString"; readonly coordinates: readonly (readonly Position[])[] }
  | { readonly type: "Polygon"; readonly coordinates: readonly (readonly Position[])[] }
  | { readonly type: "MultiPolygon"; readonly coordinates: readonly (readonly (readonly Position[])[])[] }
  | { readonly type: "GeometryCollection"; readonly geometries: readonly Geometry[] };

export type Properties = Readonly<Record<string, unknown>>;

export interface Feature {
  readonly type: "Feature";
  readonly id: string | number;
  readonly geometry: Geometry | null;
  readonly bbox?: BBox;
  readonly properties: Properties;
  readonly links?: readonly Link[];
}

export interface FeaturePage {
  readonly features: readonly Feature[];
  readonly links?: readonly Link[];
  readonly numberMatched?: number;
}

export interface CollectionInfo {
  readonly id: string;
  readonly title?: string;
  readonly description?: string;
  readonly itemType?: string;
  readonly extent?: { readonly spatial?: { readonly bbox?: readonly BBox[] } };
  readonly links?: readonly Link[];
  readonly storageCrs?: string;
}

export interface SearchResult {
  readonly collection: string;
  /** Null for the Collection itself. */
  readonly id: string | null;
  readonly title: Text;
  readonly subtitle?: Text;
  readonly bbox: BBox | null;
}

/** How far a job is: a share between 0 and 1, or how many of how many. */
export interface JobProgress {
  readonly fraction?: number | null;
  readonly done?: number | null;
  readonly total?: number | null;
  readonly stage?: string | null;
  readonly message?: string | null;
}

export interface Job {
  readonly id: string;
  readonly kind: string;
  /** What it is about: a model, a submission, a layer, a file. */
  readonly subject?: string;
  readonly state: string;
  readonly progress?: JobProgress | null;
  readonly created?: string | null;
  readonly started?: string | null;
  readonly finished?: string | null;
  readonly result?: unknown;
  readonly error?: { readonly code?: string; readonly message?: string; readonly remedy?: string } | null;
}
