/* Controls vents, pump and heater of a greenhouse. Runs every 30 seconds on the board in the shed. */

#include <stdbool.h>
#include <stdint.h>

#define VENT_OPEN_CELSIUS 27
#define VENT_CLOSE_CELSIUS 23
#define HEATER_ON_CELSIUS 6
#define HEATER_OFF_CELSIUS 9
#define SOIL_DRY_PERCENT 35
#define PUMP_MAX_SECONDS 240
#define PUMP_REST_SECONDS 3600

typedef enum { SENSOR_OK = 0, SENSOR_SHORT = 1, SENSOR_OPEN = 2, SENSOR_STALE = 3 } sensor_status;

typedef struct {
    int16_t celsius;
    uint8_t soil_percent;
    bool is_raining;
    sensor_status status;
} reading;

typedef struct {
    bool vent_is_open;
    bool heater_is_on;
    uint16_t pump_seconds;
    uint16_t rest_seconds;
} state;

/* Opens the vent when it is warm and closes it when it is cool or raining. */
static void control_vent(state *s, const reading *r)
{
    if (r->is_raining || r->celsius <= VENT_CLOSE_CELSIUS)
        s->vent_is_open = false;
    else if (r->celsius >= VENT_OPEN_CELSIUS)
        s->vent_is_open = true;
}

/* The heater never runs while the vent is open. */
static void control_heater(state *s, const reading *r)
{
    if (s->vent_is_open || r->celsius >= HEATER_OFF_CELSIUS)
        s->heater_is_on = false;
    else if (r->celsius <= HEATER_ON_CELSIUS)
        s->heater_is_on = true;
}

/* Waters for at most PUMP_MAX_SECONDS and then rests for an hour. */
static bool control_pump(state *s, const reading *r, uint16_t elapsed)
{
    if (s->rest_seconds > 0) {
        s->rest_seconds = s->rest_seconds > elapsed ? s->rest_seconds - elapsed : 0;
        return false;
    }
    if (r->soil_percent >= SOIL_DRY_PERCENT)
        return false;
    s->pump_seconds += elapsed;
    if (s->pump_seconds >= PUMP_MAX_SECONDS) {
        s->pump_seconds = 0;
        s->rest_seconds = PUMP_REST_SECONDS;
        return false;
    }
    return true;
}

/* Returns whether the pump should run. A broken sensor stops pump and heater and opens the vent. */
bool control(state *s, const reading *r, uint16_t elapsed)
{
    if (r->status != SENSOR_OK) {
        s->heater_is_on = false;
        s->vent_is_open = true;
        return false;
    }
    control_vent(s, r);
    control_heater(s, r);
    return control_pump(s, r, elapsed);
}
