/**
 * Which alert is in which slot, both ways, for a million alerts: a UUID is kept as its 16 bytes, anything else as the
 * string it is. The table of hashes is many small ones, and a full one is split in two by itself, so that no single
 * alert waits while a large table is built anew. No order of its own shows: the same ids and slots give the same
 * answers, however they came to be.
 */
import type { AlertId } from '../alert/alert.ts';
import type { AlertRows } from './alert-rows.ts';

/** A small table starts with room for six alerts and is split when it holds 768: moving them takes microseconds. */
const FIRST_CELLS = 8;
const MAX_CELLS = 1024;
/** Of its cells: above, a search looks at too many. */
const MAX_FULL = 0.75;
/** More tables than this would serve no memory that there is; one that is full grows instead. */
const MAX_DEPTH = 20;

interface Part {
  /** How many leading bits of the hash its ids have in common. */
  depth: number;
  /** Slot + 1; 0 where free. */
  cells: Uint32Array;
  used: number;
}

export class IdIndex {
  /** Where the four words of each UUID are kept. */
  readonly #rows: AlertRows;
  readonly #otherSlots = new Map<AlertId, number>();
  readonly #otherIds = new Map<number, AlertId>();
  /** By the leading `#depth` bits of the hash. */
  #parts: Part[] = [{ depth: 0, cells: new Uint32Array(FIRST_CELLS), used: 0 }];
  #depth = 0;
  #size = 0;
  /** The id made or met last: a change of an alert asks for it again and again. */
  #lastSlot = -1;
  #lastId = '' as AlertId;

  constructor(rows: AlertRows) {
    this.#rows = rows;
  }

  get size(): number {
    return this.#size;
  }

  slotOf(id: AlertId): number | undefined {
    if (!readUuid(id)) return this.#otherSlots.get(id);
    const { cells } = this.#parts[this.#partOf(hashOf(read0, read1, read2, read3))] as Part;
    const mask = cells.length - 1;
    const rows = this.#rows;
    for (let cell = hashOf(read0, read1, read2, read3) & mask; ; cell = (cell + 1) & mask) {
      const slot = (cells[cell] as number) - 1;
      if (slot < 0) return undefined;
      if (!rows.hasIdWords(slot, read0, read1, read2, read3)) continue;
      this.#lastSlot = slot;
      this.#lastId = id;
      return slot;
    }
  }

  /** The id of a slot that has one. */
  idOf(slot: number): AlertId {
    if (slot === this.#lastSlot) return this.#lastId;
    const other = this.#otherIds.size > 0 ? this.#otherIds.get(slot) : undefined;
    if (other !== undefined) return other;
    const rows = this.#rows;
    this.#lastId = uuidOf(rows.idWord(slot, 0), rows.idWord(slot, 1), rows.idWord(slot, 2), rows.idWord(slot, 3));
    this.#lastSlot = slot;
    return this.#lastId;
  }

  /** Neither the id nor the slot, which has its row, may be taken. */
  add(id: AlertId, slot: number): void {
    this.#size += 1;
    this.#lastSlot = slot;
    this.#lastId = id;
    if (!readUuid(id)) {
      this.#otherSlots.set(id, slot);
      this.#otherIds.set(slot, id);
      return;
    }
    this.#rows.setIdWords(slot, read0, read1, read2, read3);
    const hash = hashOf(read0, read1, read2, read3);
    let part = this.#parts[this.#partOf(hash)] as Part;
    while (part.used >= part.cells.length * MAX_FULL) {
      if (part.cells.length < MAX_CELLS || part.depth === MAX_DEPTH) this.#enlarge(part);
      else this.#split(part);
      part = this.#parts[this.#partOf(hash)] as Part;
    }
    place(part, hash, slot);
  }

  delete(slot: number): void {
    this.#size -= 1;
    if (slot === this.#lastSlot) this.#lastSlot = -1;
    const other = this.#otherIds.size > 0 ? this.#otherIds.get(slot) : undefined;
    if (other !== undefined) {
      this.#otherIds.delete(slot);
      this.#otherSlots.delete(other);
      return;
    }
    const hash = this.#hash(slot);
    const part = this.#parts[this.#partOf(hash)] as Part;
    const { cells } = part;
    const mask = cells.length - 1;
    let hole = hash & mask;
    while (cells[hole] !== slot + 1) hole = (hole + 1) & mask;
    // What comes after moves up wherever the hole is on its way from its own cell.
    for (let next = (hole + 1) & mask; cells[next] !== 0; next = (next + 1) & mask) {
      const wanted = this.#hash((cells[next] as number) - 1) & mask;
      if (((next - wanted) & mask) < ((next - hole) & mask)) continue;
      cells[hole] = cells[next] as number;
      hole = next;
    }
    cells[hole] = 0;
    part.used -= 1;
  }

  #partOf(hash: number): number {
    return this.#depth === 0 ? 0 : hash >>> (32 - this.#depth);
  }

  #hash(slot: number): number {
    const rows = this.#rows;
    return hashOf(rows.idWord(slot, 0), rows.idWord(slot, 1), rows.idWord(slot, 2), rows.idWord(slot, 3));
  }

  #enlarge(part: Part): void {
    const { cells } = part;
    part.cells = new Uint32Array(cells.length * 2);
    part.used = 0;
    for (const cell of cells) if (cell !== 0) place(part, this.#hash(cell - 1), cell - 1);
  }

  #split(part: Part): void {
    if (part.depth === this.#depth) {
      this.#parts = this.#parts.flatMap((one) => [one, one]);
      this.#depth += 1;
    }
    const { cells } = part;
    const upper: Part = { depth: part.depth + 1, cells: new Uint32Array(MAX_CELLS), used: 0 };
    part.depth += 1;
    part.cells = new Uint32Array(MAX_CELLS);
    part.used = 0;
    const bit = 32 - part.depth;
    for (const cell of cells) {
      if (cell === 0) continue;
      const hash = this.#hash(cell - 1);
      place((hash >>> bit) & 1 ? upper : part, hash, cell - 1);
    }
    const first = this.#parts.indexOf(part);
    const count = 1 << (this.#depth - part.depth);
    this.#parts.fill(upper, first + count, first + 2 * count);
  }
}

function place(part: Part, hash: number, slot: number): void {
  const { cells } = part;
  const mask = cells.length - 1;
  let cell = hash & mask;
  while (cells[cell] !== 0) cell = (cell + 1) & mask;
  cells[cell] = slot + 1;
  part.used += 1;
}

/** Every bit of the four words counts for every bit of the hash: ids may come in a row. */
function hashOf(first: number, second: number, third: number, fourth: number): number {
  let hash = Math.imul(first ^ (first >>> 16), 0x85eb_ca6b) ^ second;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35) ^ third;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b) ^ fourth;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const DASH = 45;
const HEX = '0123456789abcdef';
/** The value of a digit by its character code, -1 for what is none. Capitals are none: they would not come back. */
const DIGITS = Int8Array.from({ length: 128 }, (_, code) => HEX.indexOf(String.fromCharCode(code)));

/** The words of the UUID read last, kept here to spare an array for each. */
let read0 = 0;
let read1 = 0;
let read2 = 0;
let read3 = 0;

/** What was read last and whether it was one: a change of an alert asks for the same again and again. */
let lastRead = '';
let wasUuid = false;

/** False for what is not a UUID in its usual writing. */
function readUuid(id: string): boolean {
  if (id !== lastRead) {
    lastRead = id;
    wasUuid = readWords(id);
  }
  return wasUuid;
}

function readWords(id: string): boolean {
  if (id.length !== 36) return false;
  if (id.charCodeAt(8) !== DASH || id.charCodeAt(13) !== DASH) return false;
  if (id.charCodeAt(18) !== DASH || id.charCodeAt(23) !== DASH) return false;
  const a = readHex(id, 0);
  const b = readHex(id, 4);
  const c = readHex(id, 9);
  const d = readHex(id, 14);
  const e = readHex(id, 19);
  const f = readHex(id, 24);
  const g = readHex(id, 28);
  const h = readHex(id, 32);
  if ((a | b | c | d | e | f | g | h) < 0) return false;
  read0 = ((a << 16) | b) >>> 0;
  read1 = ((c << 16) | d) >>> 0;
  read2 = ((e << 16) | f) >>> 0;
  read3 = ((g << 16) | h) >>> 0;
  return true;
}

/** Four digits; below 0 where one of them is none. */
function readHex(id: string, from: number): number {
  return (
    (digit(id.charCodeAt(from)) << 12) |
    (digit(id.charCodeAt(from + 1)) << 8) |
    (digit(id.charCodeAt(from + 2)) << 4) |
    digit(id.charCodeAt(from + 3))
  );
}

function digit(code: number): number {
  return code < 128 ? (DIGITS[code] as number) : -1;
}

const codes = new Array<number>(36).fill(DASH);

function uuidOf(first: number, second: number, third: number, fourth: number): AlertId {
  writeHex(first >>> 16, 0);
  writeHex(first & 0xffff, 4);
  writeHex(second >>> 16, 9);
  writeHex(second & 0xffff, 14);
  writeHex(third >>> 16, 19);
  writeHex(third & 0xffff, 24);
  writeHex(fourth >>> 16, 28);
  writeHex(fourth & 0xffff, 32);
  return String.fromCharCode.apply(null, codes) as AlertId;
}

function writeHex(value: number, from: number): void {
  for (let place = 3; place >= 0; place -= 1) {
    codes[from + place] = HEX.charCodeAt(value & 15);
    value >>>= 4;
  }
}
