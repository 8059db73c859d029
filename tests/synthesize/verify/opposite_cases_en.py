"""English documents of our own with answers by kind: opposite words, bounds, denials, units, parties, in their forms."""

DOCUMENTS = {
    "storage": (
        """# Storage Agreement for Bay 9

This agreement is made between Quarrel Depot Ltd (the "Owner") and Ines Mabbott (the "Customer").

3. The Owner keeps the heating in repair, and the Customer replaces lamps and locks.
4. The Customer may not store fuel in the bay. Goods must be removed before the last day of the term.
5. The Owner may open the bay only after it has told the Customer in writing.
6. Goods left behind are not sold for three months. Until then the Customer pays no interest.
7. A late payment of less than 14 days costs 5 pounds; from 14 days on it costs 20 pounds.
8. Silence is deemed not to be consent.
""",
        "en",
        "legal",
    ),
    "kiln": (
        """# Emberly K2 Kiln Guide

Load the upper shelf first. Keep the vent open below 600 °C and close it above 600 °C.
The fan runs faster during cooling than during heating. The display shows the temperature in degrees Celsius, the timer in minutes.
Never lift the lid while the red lamp glows. The lid can be lifted after the green lamp comes on.
Wipe the sensor with a dry cloth. The kiln does not need a water connection.
Raise the damper if the glaze bubbles. Pots that are not dry crack.
""",
        "en",
        "manual",
    ),
    "ring": (
        '''"""A ring buffer."""

class Ring:
    def push(self, item):
        """Add an item at the end. If the ring is full, the oldest item is dropped.

        Returns True if an item was dropped.
        """
    def peek(self, n):
        """Return the newest n items without removing them.

        Raises RingTooSmall if n is larger than the capacity.
        """
    def age(self):
        """Return the age of the oldest item in milliseconds. An item older than LIMIT is not returned."""
''',
        "en",
        "code",
    ),
}

CASES = [
    (
        "storage",
        "Who keeps what in repair under the Storage Agreement for Bay 9?",
        "The Owner keeps the heating in repair, and the Customer replaces lamps and locks.",
        [
            "Quarrel Depot Ltd keeps the heating in repair; lamps and locks are replaced by Ines Mabbott.",
            "Ines Mabbott replaces lamps and locks, Quarrel Depot Ltd keeps the heating in repair.",
        ],
        [
            (
                "swapped_names",
                "Ines Mabbott keeps the heating in repair, and Quarrel Depot Ltd replaces lamps and locks.",
            )
        ],
    ),
    (
        "storage",
        "May the Customer store fuel in Bay 9 of Quarrel Depot?",
        "The Customer may not store fuel in the bay.",
        ["No, fuel may not be stored in the bay.", "No, the Customer is not allowed to store fuel there."],
        [
            ("negation", "Yes, the Customer may store fuel in the bay."),
        ],
    ),
    (
        "storage",
        "By when must goods be removed from Bay 9?",
        "Goods must be removed before the last day of the term.",
        ["Before the last day of the term.", "They have to be taken away before the term's last day."],
        [("bound", "After the last day of the term."), ("bound", "Before the first day of the term.")],
    ),
    (
        "storage",
        "When may the Owner open Bay 9?",
        "The Owner may open the bay only after it has told the Customer in writing.",
        [
            "Only once it has told the Customer in writing.",
            "Not before it has told the Customer in writing.",
        ],
        [("bound", "Before it has told the Customer in writing.")],
    ),
    (
        "storage",
        "What does a late payment under the Storage Agreement for Bay 9 cost?",
        "A late payment of less than 14 days costs 5 pounds; from 14 days on it costs 20 pounds.",
        ["5 pounds below 14 days and 20 pounds from 14 days on.", "20 pounds from 14 days on, before that 5 pounds."],
        [("bound", "20 pounds below 14 days and 5 pounds from 14 days on.")],
    ),
    (
        "storage",
        "What does silence mean under the Storage Agreement for Bay 9?",
        "Silence is deemed not to be consent.",
        ["It is deemed not to be consent.", "Silence does not count as consent."],
        [("negation", "Silence is deemed to be consent.")],
    ),
    (
        "kiln",
        "Which shelf of the Emberly K2 is loaded first?",
        "Load the upper shelf first.",
        ["The upper shelf.", "The upper shelf is loaded first."],
        [("swapped_names", "The lower shelf."), ("swapped_names", "The upper shelf is loaded last.")],
    ),
    (
        "kiln",
        "In which units does the display of the Emberly K2 show the temperature and the timer?",
        "The display shows the temperature in degrees Celsius, the timer in minutes.",
        ["The temperature in degrees Celsius and the timer in minutes."],
        [
            ("wrong_unit", "The temperature in degrees Fahrenheit and the timer in minutes."),
            ("wrong_unit", "The temperature in degrees Celsius and the timer in hours."),
        ],
    ),
    (
        "kiln",
        "When can the lid of the Emberly K2 be lifted?",
        "The lid can be lifted after the green lamp comes on.",
        ["After the green lamp has come on.", "As soon as the green lamp comes on."],
        [("bound", "Before the green lamp comes on.")],
    ),
    (
        "kiln",
        "What should the sensor of the Emberly K2 be wiped with?",
        "Wipe the sensor with a dry cloth.",
        ["With a dry cloth.", "A dry cloth should be used."],
        [("negation", "With a damp cloth."), ("negation", "Never with a dry cloth.")],
    ),
    (
        "kiln",
        "Does the Emberly K2 need a water connection?",
        "The kiln does not need a water connection.",
        ["No, it does not need a water connection.", "No, the kiln works without a water connection."],
        [("negation", "Yes, the kiln needs a water connection.")],
    ),
    (
        "kiln",
        "What should be done with the damper of the Emberly K2 if the glaze bubbles?",
        "Raise the damper if the glaze bubbles.",
        ["The damper should be raised.", "Raise it."],
        [("negation", "The damper should be lowered."), ("negation", "The damper should not be raised.")],
    ),
    (
        "ring",
        "Which item does `Ring.push` drop if the ring is full?",
        "If the ring is full, the oldest item is dropped.",
        ["The oldest item is dropped.", "It drops the oldest item."],
        [("wrong_value", "The newest item is dropped."), ("negation", "The oldest item is not dropped.")],
    ),
    (
        "ring",
        "When does `Ring.peek` raise RingTooSmall?",
        "Raises RingTooSmall if n is larger than the capacity.",
        ["If n is larger than the capacity.", "When n exceeds the capacity."],
        [("bound", "If n is smaller than the capacity.")],
    ),
    (
        "ring",
        "In which unit does `Ring.age` return the age of the oldest item?",
        "Return the age of the oldest item in milliseconds.",
        ["In milliseconds."],
        [("wrong_unit", "In seconds.")],
    ),
    (
        "ring",
        "Does `Ring.peek` remove the items that it returns?",
        "Return the newest n items without removing them.",
        [
            "No, it returns the newest n items without removing them.",
            "No, the items stay in the ring and are not removed.",
        ],
        [("negation", "Yes, it removes the newest n items that it returns.")],
    ),
]
