/** Which samples there are, and where their columns come from. */

export interface DatasetSpec {
  readonly name: string;
  readonly source: DataOrigin;
  /** Column name → where its value comes from. */
  readonly columns: Readonly<Record<string, ColumnSource>>;
  readonly steps: readonly DataStep[];
  /** Set by `mark(test)`: never selects a checkpoint. */
  readonly mark?: string;
  readonly onBad: 'error' | 'skip';
  /** `over class[base]`: the samples whose words are of a group, numbered within it. */
  readonly narrow?: { readonly vocabulary: string } & ({ readonly group: string } | { readonly words: string });
  /** `with video = reverse(video, over: frame)`: what its columns are taken for, as written. What reads them is checked with it. */
  readonly withs?: readonly string[];
}

export type DataOrigin =
  | { readonly kind: 'shards' | 'folder' | 'csv' | 'jsonl' | 'parquet' | 'features'; readonly path: string }
  /** MNIST's files: pictures, and labels where they are named. */
  | { readonly kind: 'idx'; readonly path: string; readonly labels?: string }
  /** The samples of other data sets, drawn in these proportions. */
  | { readonly kind: 'mix'; readonly parts: readonly { readonly data: string; readonly share: number }[] }
  /** Part of another data set: `split(d, 80 % / 20 %, by: id)`; `outside`: all but that part, as the rest of a fold is. */
  | {
      readonly kind: 'split';
      readonly data: string;
      readonly from: number;
      readonly to: number;
      readonly by?: string;
      readonly outside?: true;
    }
  | { readonly kind: 'same'; readonly data: string };

export type ColumnSource =
  /** `"webp"` is a member by extension, `"json.label"` a path into one, `"label"` a CSV column. */
  /** `unknown`: samples that hold this number are masked. */
  | { readonly kind: 'path'; readonly path: string; readonly unknown?: number }
  /** `"=The sound of {json.label}"` */
  | { readonly kind: 'template'; readonly text: string }
  /** `draw("json.captions")`: one entry of a list, drawn anew each epoch in training, the first one in evaluation. */
  | { readonly kind: 'draw'; readonly path: string }
  /** `unfold "json.parts"`: a sample for each entry of the list. */
  | { readonly kind: 'unfold'; readonly path: string };

export type DataStep =
  | { readonly kind: 'filter'; readonly condition: Predicate }
  | { readonly kind: 'few-shot'; readonly count: number; readonly per: string }
  | { readonly kind: 'sample'; readonly count?: number; readonly share?: number }
  | { readonly kind: 'except'; readonly data: string };

/** A condition on one sample's columns, as data. */
export type Predicate =
  | { readonly kind: 'compare'; readonly operator: '==' | '!=' | '<' | '<=' | '>' | '>='; readonly column: string; readonly value: string | number } // prettier-ignore
  | { readonly kind: 'in'; readonly column: string; readonly values: readonly (string | number)[] }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Predicate[] }
  | { readonly kind: 'not'; readonly part: Predicate };
