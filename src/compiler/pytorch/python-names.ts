/** Names of the source as names of Python, kept wherever Python allows them: λ1 and ĝ are identifiers there too. */

const keywords = 'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield match case type'; // prettier-ignore

/** Functions of Python that a variable had better not hide. */
const builtins = 'abs all any bool dict float id index input int iter len list map max min next object open pow print range round set slice sorted str sum tuple vars zip'; // prettier-ignore

/** What generated modules import or are given. */
const imported = 'torch Tensor nn F math losses view_colours view_draws view_entries view_erasing view_places model batch constants texts stage gather functions Model Batch Constants Callable Mapping'; // prettier-ignore

/** Members of `nn.Module` and `nn.ModuleDict` that a part of it must not hide. */
const moduleMembers = 'T add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches enter eval extra_repr float forward get_buffer get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers named_children named_modules named_parameters parameters register_buffer register_module register_parameter requires_grad_ share_memory state_dict to to_empty train training type xpu zero_grad clear items keys pop update values'; // prettier-ignore

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));
const reserved = new Set([...words(keywords), ...words(builtins), ...words(imported)]);
const members = new Set([...words(keywords), ...words(moduleMembers)]);

/**
 * The name as Python reads it. Python compares identifiers in NFKC: written so, two that are one to Python are one here. What is no
 * identifier even so (`clip.image`) has its other characters replaced.
 */
export function pythonName(name: string): string {
  const normal = name.normalize('NFKC').replaceAll(/[^\p{ID_Continue}]+/gu, '_');
  return /^[\p{ID_Start}_]/u.test(normal) ? normal : `_${normal}`;
}

/** A variable or function; not one that Python or the module already has. */
export const variableName = (name: string): string => suffixed(pythonName(name), reserved);

/** A member of a module. */
export const memberName = (name: string): string => suffixed(pythonName(name), members);

/** A part of a part, by which a `ModuleDict` has it; numbers stay numbers. */
export const partName = (name: string): string => (/^\d+$/.test(name) ? name : memberName(name));

const suffixed = (name: string, taken: ReadonlySet<string>): string => (taken.has(name) ? `${name}_` : name);

/** Gives out names, each once: `s`, `s_2`, `s_3`. */
export class Names {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  /** All that are given out. */
  get taken(): readonly string[] {
    return [...this.#taken];
  }

  fresh(wanted: string): string {
    const base = variableName(wanted);
    let name = base;
    for (let count = 2; this.#taken.has(name); count++) name = `${base}_${count}`;
    this.#taken.add(name);
    return name;
  }
}
