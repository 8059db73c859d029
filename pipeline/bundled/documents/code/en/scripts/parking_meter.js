/**
 * Works out parking fees for the meters of the old town.
 * Amounts are in cents, times in minutes since midnight.
 */

const ZONES = {
  red: { perHour: 320, maxMinutes: 90 },
  blue: { perHour: 180, maxMinutes: 240 },
  green: { perHour: 90, maxMinutes: 600 },
};

const PAID_FROM = 8 * 60;
const PAID_UNTIL = 19 * 60 + 30;
const FREE_MINUTES = 12;
const SMALLEST_COIN = 10;

class UnknownZoneError extends Error {
  constructor(zone) {
    super(`unknown zone ${zone}`);
    this.name = "UnknownZoneError";
  }
}

/** Returns the paid minutes between two times of the same day. */
function paidMinutes(from, until) {
  const start = Math.max(from, PAID_FROM);
  const end = Math.min(until, PAID_UNTIL);
  return Math.max(0, end - start);
}

/** Returns the fee in cents, rounded up to the smallest coin. Sundays are free. */
function fee(zone, from, until, isSunday = false) {
  const rules = ZONES[zone];
  if (!rules) throw new UnknownZoneError(zone);
  const minutes = paidMinutes(from, until);
  if (isSunday || minutes <= FREE_MINUTES) return 0;
  if (minutes > rules.maxMinutes) {
    throw new RangeError(`zone ${zone} allows ${rules.maxMinutes} minutes`);
  }
  const exact = (minutes * rules.perHour) / 60;
  return Math.ceil(exact / SMALLEST_COIN) * SMALLEST_COIN;
}

/** Returns the time until which an amount lasts. */
function paidUntil(zone, from, cents) {
  const rules = ZONES[zone];
  if (!rules) throw new UnknownZoneError(zone);
  const minutes = Math.floor((cents * 60) / rules.perHour);
  return Math.min(from + minutes, from + rules.maxMinutes, PAID_UNTIL);
}

/** Returns the fine for an overrun: 1500 cents, and 2500 above an hour. */
function fine(overrunMinutes) {
  if (overrunMinutes <= 5) return 0;
  return overrunMinutes <= 60 ? 1500 : 2500;
}

module.exports = { fee, paidUntil, fine, UnknownZoneError };
