// Decides what the screens in the station hall show. Called once a second by the player.

export const SLIDE_SECONDS = 14;
export const ALERT_REPEAT = 3;
export const NIGHT_FROM_HOUR = 23;
export const NIGHT_UNTIL_HOUR = 5;

export type Priority = "alert" | "service" | "advert";

export interface Slide {
  id: string;
  priority: Priority;
  validUntil: Date;
  platforms: number[];
}

export class EmptyScheduleError extends Error {
  constructor(readonly platform: number) {
    super(`platform ${platform} has no slide`);
  }
}

/** Whether the screens are dark. Alerts are shown at night too. */
export function isNight(now: Date): boolean {
  const hour = now.getHours();
  return hour >= NIGHT_FROM_HOUR || hour < NIGHT_UNTIL_HOUR;
}

/** Returns the slides of a platform in the order in which they are shown. An empty list of platforms means all. */
export function playlist(slides: Slide[], platform: number, now: Date): Slide[] {
  const valid = slides.filter(
    (slide) => slide.validUntil > now && (slide.platforms.length === 0 || slide.platforms.includes(platform)),
  );
  const alerts = valid.filter((slide) => slide.priority === "alert");
  if (isNight(now)) return alerts;
  const others = valid.filter((slide) => slide.priority !== "alert");
  others.sort((a, b) => (a.priority === b.priority ? a.id.localeCompare(b.id) : a.priority === "service" ? -1 : 1));
  const repeated = Array.from({ length: ALERT_REPEAT }, () => alerts).flat();
  return [...repeated, ...others];
}

/** Returns the slide to show now. */
export function current(slides: Slide[], platform: number, now: Date): Slide {
  const list = playlist(slides, platform, now);
  if (list.length === 0) throw new EmptyScheduleError(platform);
  const number = Math.floor(now.getTime() / 1000 / SLIDE_SECONDS) % list.length;
  return list[number];
}

/** Returns how many seconds a full round takes. */
export function roundSeconds(slides: Slide[], platform: number, now: Date): number {
  return playlist(slides, platform, now).length * SLIDE_SECONDS;
}
