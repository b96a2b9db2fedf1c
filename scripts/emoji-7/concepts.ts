/**
 * The concepts of emoji-7: the emoji that at least six of the seven styles draw, with their words.
 * Names follow Unicode (emojibase), pictures are found by the names that the icon sets share.
 */
import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

export interface Style {
  /** Name of the icon set, and of the style in every sample. */
  readonly id: string;
  /** The adjective that captions use. */
  readonly word: string;
}

export const styles: readonly Style[] = [
  { id: 'openmoji', word: 'outlined' },
  { id: 'twemoji', word: 'flat' },
  { id: 'noto', word: 'shaded' },
  { id: 'noto-v1', word: 'rounded' },
  { id: 'fluent-emoji-flat', word: 'geometric' },
  { id: 'emojione', word: 'cartoon' },
  { id: 'fxemoji', word: 'bold' },
];

export interface Concept {
  readonly name: string;
  /** `dog-face`: the sample key within a style. */
  readonly slug: string;
  readonly category: string;
  readonly subcategory: string;
  readonly keywords: readonly string[];
  /** Style id to a complete SVG. */
  readonly drawings: ReadonlyMap<string, string>;
}

interface Emoji {
  readonly emoji: string;
  readonly label: string;
  readonly hexcode: string;
  readonly group?: number;
  readonly subgroup?: number;
  readonly tags?: readonly string[];
}
interface IconSet {
  readonly icons: Record<string, Icon>;
  readonly aliases?: Record<string, { readonly parent: string; readonly rotate?: number; readonly hFlip?: boolean }>;
  readonly width?: number;
  readonly height?: number;
}
interface Icon {
  readonly body: string;
  readonly width?: number;
  readonly height?: number;
}

/** Names of fxemoji's own: it calls the face "dog" and the whole animal "dogside", and much else in its own words. */
const fxemojiNames: Readonly<Record<string, string>> = {
  'dog-face': 'dog', dog: 'dogside', 'cat-face': 'cat', cat: 'catside', 'mouse-face': 'mouse', mouse: 'mouseside',
  'pig-face': 'pig', pig: 'pigside', 'tiger-face': 'tiger', tiger: 'tigerside', 'dragon-face': 'dragonhead', dragon: 'dragonside',
  'rabbit-face': 'bunny', rabbit: 'bunnyside', leopard: 'leopardside', 'pig-nose': 'pigsnout', panda: 'pandaface', wolf: 'wolfface',
  ewe: 'sheep', camel: 'dromedarycamel', 'two-hump-camel': 'bactriancamel', 'spouting-whale': 'spurtingwhale', hamster: 'hampster',
  dove: 'doveofpeace', 'front-facing-baby-chick': 'frontfacingchick', locked: 'lock', 'locked-with-key': 'lockandkey',
  'locked-with-pen': 'lockwithinkpen', unlocked: 'openlock', 'clapping-hands': 'clap', 'flexed-biceps': 'flexbicep',
  'folded-hands': 'pray', 'raised-fist': 'fistedhand', 'fishing-pole': 'fishingpoleandfish', bouquet: 'bouquetofflowers',
  'evergreen-tree': 'evergreen', 'ear-of-corn': 'earofmaize', 'sheaf-of-rice': 'earofrice', eggplant: 'aubergine',
  'hot-pepper': 'chilipepper', 'fallen-leaf': 'fallingleaf', 'leaf-fluttering-in-wind': 'leaffluttering', pizza: 'sliceofpizza',
  'fish-cake-with-swirl': 'fishcakeswirl', 'curry-rice': 'curryandrice', sake: 'sakebottleandcup', 'fork-and-knife': 'forkknife',
  'kitchen-knife': 'hocho', dagger: 'daggerknife', 'wrapped-gift': 'present', 'confetti-ball': 'confetti', sparkler: 'fireworksparkler',
  'crying-face': 'crying', 'loudly-crying-face': 'loudlycrying', 'pensive-face': 'pensive', 'relieved-face': 'relieved',
  'sleeping-face': 'sleeping', 'sleepy-face': 'sleepy', 'smirking-face': 'smirk', 'tired-face': 'tired', 'weary-face': 'weary',
  'worried-face': 'worried', 'unamused-face': 'unamused', 'winking-face': 'winking', 'neutral-face': 'neutral',
  'astonished-face': 'astonished', 'confounded-face': 'confounded', 'confused-face': 'confused', 'disappointed-face': 'disappointed',
  'expressionless-face': 'expressionless', 'fearful-face': 'fearful', 'flushed-face': 'flushed', 'grimacing-face': 'grimacing',
  'hushed-face': 'hushed', 'kissing-face': 'kissing', 'face-with-medical-mask': 'medicalmask', 'face-without-mouth': 'nomouth',
  'face-with-open-mouth': 'openmouth', 'angry-face': 'angry', 'enraged-face': 'pouting', 'face-screaming-in-fear': 'screamfear',
  'smiling-face-with-halo': 'halo', 'smiling-face-with-heart-eyes': 'hearteyes', 'smiling-face-with-horns': 'devilhorns',
  'pile-of-poo': 'poo', 'see-no-evil-monkey': 'monkeysee', 'hear-no-evil-monkey': 'monkeyhear', 'speak-no-evil-monkey': 'monkeyspeak',
  'heart-with-arrow': 'heartarrow', 'heart-with-ribbon': 'heartribbon', 'green-heart': 'heartgreen',
  'yellow-heart': 'heartyellow', 'purple-heart': 'heartpurple', 'two-hearts': '2hearts', 'racing-car': 'racecar',
  'high-speed-train': 'highspeedtrain', 'bullet-train': 'highspeedtrainbulletnose', locomotive: 'steamlocomotive',
  'police-car-light': 'policecarsrevolvinglight', 'snow-capped-mountain': 'snowmountains', 'beach-with-umbrella': 'beachumbrella',
  'mantelpiece-clock': 'manltepiececlock', 'hourglass-done': 'hourglass', 'hourglass-not-done': 'hourglassflowingsand',
  'cloud-with-rain': 'raincloud', 'cloud-with-snow': 'snowcloud', 'high-voltage': 'bolt', 'water-wave': 'wave',
  'mobile-phone': 'cellphone', videocassette: 'videocasette', 'optical-disk': 'opticaldisc', laptop: 'personalcomputer',
  'studio-microphone': 'studiomic', megaphone: 'bullhorn', necktie: 'tie', 'high-heeled-shoe': 'heels', 'mans-shoe': 'mensshoe',
  'womans-boot': 'boot', 'gem-stone': 'gem', flashlight: 'electrictorch', 'bookmark-tabs': 'bookmarktab',
  'dollar-banknote': 'banknotedollar', 'euro-banknote': 'banknoteeuro', 'pound-banknote': 'banknotepound', 'yen-banknote': 'banknoteyen',
  'chart-increasing': 'chartupwardstrend', 'chart-decreasing': 'chartdownwardstrend', 'file-folder': 'folder',
  'open-file-folder': 'openfolder', 'no-smoking': 'nosmokingsymbol', 'no-littering': 'donotlittersymbol', prohibited: 'noentrysign',
  'red-paper-lantern': 'izakayalantern', moai: 'moyai', bathtub: 'bath', 'santa-claus': 'fatherchristmas', 'woman-dancing': 'dancer',
  'person-surfing': 'surfer', 'person-golfing': 'golfer', 'person-swimming': 'swimming', 'person-biking': 'bicyclist',
  'person-running': 'running', 'person-walking': 'walking', 'police-officer': 'cop', guard: 'guardsman', detective: 'sleuthspy',
  castle: 'europeancastle', 'post-office': 'europeanpostoffice', 'hundred-points': 'hundredpointssymbol', sunglasses: 'darksunglasses',
  'smiling-face-with-sunglasses': 'sunglasses',
}; // prettier-ignore

const minimumStyles = 6;
const maximumKeywords = 8;

/** Flags and skin tones are no pictures of things; clocks, keycaps and Japanese lettering differ in a few pixels only. */
const leftOut = /^keycap|o’clock$|-thirty$|^Japanese “|regional indicator/;
const componentGroup = 2;
const flagGroup = 9;

export function readConcepts(): Concept[] {
  const emoji = load('emojibase-data/en/data.json') as readonly Emoji[];
  const messages = load('emojibase-data/en/messages.json') as {
    readonly groups: readonly { readonly order: number; readonly message: string }[];
    readonly subgroups: readonly { readonly order: number; readonly message: string }[];
  };
  const categories = new Map(messages.groups.map((group) => [group.order, plainWords(group.message)]));
  const subcategories = new Map(messages.subgroups.map((group) => [group.order, plainWords(group.message)]));
  const sets = new Map(styles.map((style) => [style.id, load(`@iconify-json/${style.id}/icons.json`) as IconSet]));
  const names = iconNames(emoji);

  const concepts: Concept[] = [];
  for (const entry of emoji) {
    if (entry.group === undefined || entry.group === componentGroup || entry.group === flagGroup) continue;
    if (leftOut.test(entry.label)) continue;
    const candidates = names.get(entry) ?? [slugOf(entry.label)];
    const drawings = new Map<string, string>();
    for (const style of styles) {
      const set = sets.get(style.id);
      const drawing =
        set === undefined
          ? undefined
          : findDrawing(set, style.id === 'fxemoji' ? fxemojiCandidates(candidates) : candidates);
      if (drawing !== undefined) drawings.set(style.id, drawing);
    }
    if (drawings.size < minimumStyles) continue;
    const name = plainWords(entry.label);
    concepts.push({
      name,
      slug: slugOf(name),
      category: categories.get(entry.group) ?? '',
      subcategory: subcategories.get(entry.subgroup ?? -1) ?? '',
      keywords: keywordsOf(entry, name),
      drawings,
    });
  }
  concepts.sort((a, b) => (a.slug < b.slug ? -1 : 1));
  return concepts;
}

/** Lower case, ASCII quotes, `&` and `/` spelled out: words a caption can hold. */
function plainWords(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[’‘]/g, "'")
    .replace(/[“”!.]/g, '')
    .replace(/ *& */g, ' and ')
    .replace(/ *\/ */g, ' or ')
    .replace(/:/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function slugOf(name: string): string {
  return plainWords(name)
    .replace(/'/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

/** Without the emoji-presentation selector, which the lists write or leave out as they like. */
function codePoints(hexcode: string): string {
  return hexcode.toUpperCase().replace(/-FE0F/g, '');
}

/** Every spelling under which the icon sets that list code points know an emoji. */
function iconNames(emoji: readonly Emoji[]): Map<Emoji, string[]> {
  const byCode = new Map(emoji.map((entry) => [codePoints(entry.hexcode), entry]));
  const names = new Map<Emoji, Set<string>>();
  for (const entry of emoji) names.set(entry, new Set([slugOf(entry.label)]));
  for (const style of ['openmoji', 'twemoji', 'noto', 'fluent-emoji-flat']) {
    const characters = load(`@iconify-json/${style}/chars.json`) as Record<string, string>;
    for (const [hexcode, name] of Object.entries(characters)) {
      const entry = byCode.get(codePoints(hexcode));
      if (entry !== undefined) names.get(entry)?.add(name);
    }
  }
  return new Map([...names].map(([entry, found]) => [entry, [...found].sort()]));
}

/** fxemoji writes names without hyphens; where the table speaks, the shared spelling would find another picture. */
function fxemojiCandidates(names: readonly string[]): string[] {
  const own = names.map((name) => fxemojiNames[name]).filter((name) => name !== undefined);
  return own.length > 0 ? own : names.map((name) => name.replace(/-/g, ''));
}

/** The SVG under the first matching name; turned aliases are other pictures. */
function findDrawing(set: IconSet, names: readonly string[]): string | undefined {
  for (const name of names) {
    const alias = set.aliases?.[name];
    const turned = alias !== undefined && (alias.rotate !== undefined || alias.hFlip !== undefined);
    const icon = set.icons[name] ?? (alias === undefined || turned ? undefined : set.icons[alias.parent]);
    if (icon === undefined) continue;
    const width = icon.width ?? set.width ?? 16;
    const height = icon.height ?? set.height ?? 16;
    return `<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48" viewBox="0 0 ${width} ${height}">${icon.body}</svg>`;
  }
  return undefined;
}

/** Words of both lists first, then emojilib's, then emojibase's; none that the name already says. */
function keywordsOf(entry: Emoji, name: string): string[] {
  const emojilib = load('emojilib/dist/emoji-en-US.json') as Record<string, readonly string[]>;
  const written = emojilib[entry.emoji] ?? emojilib[entry.emoji.replace(/\uFE0F/g, '')] ?? [];
  const first = written.filter((word) => !word.includes('_')).map(plainWords);
  const second = (entry.tags ?? []).map(plainWords);
  const ordered = [...first.filter((word) => second.includes(word)), ...first, ...second];
  const inName = new Set([name, ...name.split(/[ -]/)]);
  const keywords: string[] = [];
  for (const word of ordered) {
    const legible = /^[a-z][a-z' -]+$/.test(word) && !word.endsWith('-square');
    if (legible && !inName.has(word) && !keywords.includes(word)) keywords.push(word);
  }
  return keywords.slice(0, maximumKeywords);
}
