/** When an exchange opens and closes on one civil day, in minutes of its own clock. */
export interface TradingHours {
  readonly openMinute: number;
  readonly closeMinute: number;
}
