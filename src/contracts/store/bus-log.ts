/**
 * The durable log under the memory bus. A batch is one row: an append costs one row however many messages it has.
 */
export interface LogAppend {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the first message; the row holds `messages.length` of them. */
  readonly baseOffset: number;
  readonly messages: readonly { readonly key: string; readonly value: unknown }[];
}

export interface BusLogStore {
  /** All of them in one transaction. */
  append(appends: readonly LogAppend[]): Promise<void>;
  /** Rows that hold offsets at or after `fromOffset`, in order, up to `maxMessages` messages (at least one row). */
  read(topic: string, partition: number, fromOffset: number, maxMessages: number): Promise<readonly LogAppend[]>;
  /** First kept offset and the offset after the last, of every partition that has any. */
  ends(): Promise<
    readonly {
      readonly topic: string;
      readonly partition: number;
      readonly firstOffset: number;
      readonly nextOffset: number;
    }[]
  >;
  commits(): Promise<
    readonly {
      readonly topic: string;
      readonly group: string;
      readonly partition: number;
      readonly nextOffset: number;
    }[]
  >;
  commit(topic: string, group: string, partition: number, nextOffset: number): Promise<void>;
  /** Forgets rows wholly before `offset`. */
  trim(topic: string, partition: number, offset: number): Promise<void>;
}
