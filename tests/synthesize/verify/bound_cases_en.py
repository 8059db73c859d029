"""English documents of our own with answers that bind values, names and denials to the right thing, and to another."""

DOCUMENTS = {
    "allotment": (
        """# Rules of the Tansy Lane Allotments

## 1. Plots
A full plot has 250 square metres and a half plot 125 square metres. The yearly rent is 84 pounds for a full plot and 46 pounds for a half plot.
The committee allots the plots; the members vote on the rent. Ingrid Salter keeps the waiting list and Tom Okeke keeps the keys.

## 2. Water and sheds
Hoses may be used before 10:00 and after 18:00, but not at noon. Standpipes are opened on 15 March and closed on 31 October.
A shed must not be higher than 2.2 metres. Greenhouses need the consent of the committee, sheds do not.
Only rainwater butts with a lid may be set up.

## 3. Ending
A member may give up a plot at any time with one month's notice. The committee may end a tenancy with three months' notice.
A deposit of 40 pounds is returned within six weeks, unless the plot has been left uncultivated.
""",
        "en",
        "legal",
    ),
    "roaster": (
        """# Coffee Roaster CR-12

## Operation
Light roasts take 9 minutes at 205 degrees Celsius, dark roasts take 13 minutes at 230 degrees Celsius.
Press START to begin and COOL to end the roast. The green lamp shows that the drum is warm; the red lamp shows that the chaff tray is full.
The drum holds at most 1.2 kilograms. Do not open the hatch while the drum turns.
The fan runs for 4 minutes after the roast, then the roaster switches itself off.

## Files
Profiles are saved with the suffix ".crp". An exported profile contains the temperature curve, but not the notes.
The roaster keeps 50 profiles; the oldest is overwritten instead of the newest.
""",
        "en",
        "manual",
    ),
    "ledger": (
        '''"""Bookings of a small shop."""


def open_day(book, day):
    """Start a day.

    Raises ClosedError if the year has been closed. Returns the number of
    bookings that were carried over.
    """
    return book.carry(day)


def close_day(book, day, grace=90):
    """End a day and lock its bookings.

    Raises BalanceError if debits and credits differ. Bookings may still be
    corrected for `grace` minutes.
    """
    book.lock(day, grace)


def find(book, text):
    """Search all bookings. Returns None if nothing matches."""
    return book.first(text)
''',
        "en",
        "code",
    ),
    "trip": (
        """Notes of the school trip meeting

Nadia: The coach costs 620 pounds and seats 49. The train would cost 11 pounds a child.
Bertil: I have asked the museum: the guided tour takes 75 minutes and the workshop takes two hours.
Nadia: Then we take the coach. It leaves at 8:15.
Oluwaseun: I will collect the consent forms until 6 May. Packed lunches are ordered by the kitchen, not by the parents.
Bertil: The museum wants the final number of children on 9 May.
""",
        "en",
        "dialogue",
    ),
}

CASES: list[tuple[str, str, str, tuple[str, ...], tuple[tuple[str, str], ...]]] = [
    (
        "allotment",
        "How large are a full plot and a half plot at Tansy Lane?",
        "A full plot has 250 square metres and a half plot 125 square metres.",
        (
            "A full plot has 250 square metres, a half plot 125.",
            "125 square metres for a half plot and 250 square metres for a full one.",
        ),
        (
            ("swapped_values", "A full plot has 125 square metres and a half plot 250 square metres."),
            ("wrong_unit", "A full plot has 250 hectares and a half plot 125 hectares."),
        ),
    ),
    (
        "allotment",
        "What does a plot at Tansy Lane cost a year?",
        "The yearly rent is 84 pounds for a full plot and 46 pounds for a half plot.",
        (
            "A half plot costs £46 a year and a full plot £84.",
            "84 pounds for a full plot; 46 pounds for a half plot.",
        ),
        (
            ("swapped_values", "A half plot costs £84 a year and a full plot £46."),
            ("swapped_values", "46 pounds for a full plot; 84 pounds for a half plot."),
            ("wrong_unit", "84 euros for a full plot and 46 euros for a half plot."),
        ),
    ),
    (
        "allotment",
        "Who allots the plots of Tansy Lane and who decides the rent?",
        "The committee allots the plots; the members vote on the rent.",
        ("The plots are allotted by the committee, and the members vote on the rent.",),
        (
            ("swapped_names", "The members allot the plots; the committee votes on the rent."),
            ("swapped_names", "The plots are allotted by the members, and the committee votes on the rent."),
        ),
    ),
    (
        "allotment",
        "Who keeps the waiting list and the keys of the allotments?",
        "Ingrid Salter keeps the waiting list and Tom Okeke keeps the keys.",
        (
            "Ingrid Salter keeps the waiting list, Tom Okeke the keys.",
            "The keys are with Tom Okeke and the waiting list with Ingrid Salter.",
        ),
        (
            ("swapped_names", "Tom Okeke keeps the waiting list and Ingrid Salter keeps the keys."),
            ("wrong_name", "Ingrid Salter keeps the waiting list and Tom Oakley keeps the keys."),
        ),
    ),
    (
        "allotment",
        "When may hoses be used at Tansy Lane?",
        "Hoses may be used before 10:00 and after 18:00, but not at noon.",
        ("Before 10:00 and after 18:00; not at noon.", "Until 10 a.m. and again from 6 p.m., but not at noon."),
        (
            ("swapped_values", "Before 18:00 and after 10:00, but not at noon."),
            ("bound", "After 10:00 and before 18:00, but not at noon."),
        ),
    ),
    (
        "allotment",
        "When are the standpipes opened and closed?",
        "Standpipes are opened on 15 March and closed on 31 October.",
        ("They are opened on 15 March and closed on 31 October.", "They close on 31 October and open on 15 March."),
        (("swapped_values", "They are opened on 31 October and closed on 15 March."),),
    ),
    (
        "allotment",
        "Which buildings on a plot need the consent of the committee?",
        "Greenhouses need the consent of the committee, sheds do not.",
        ("Greenhouses need the consent of the committee; sheds do not.",),
        (("negation", "Greenhouses do not need the consent of the committee."),),
    ),
    (
        "allotment",
        "How high may a shed on an allotment be?",
        "A shed must not be higher than 2.2 metres.",
        ("At most 2.2 metres.", "A shed may be up to 2.2 metres high."),
        (("bound", "At least 2.2 metres."), ("wrong_unit", "At most 2.2 feet.")),
    ),
    (
        "allotment",
        "How can a tenancy of a plot be ended by the member and by the committee?",
        "A member may give up a plot at any time with one month's notice. The committee may end a tenancy with three months' notice.",
        ("A member needs one month's notice and the committee three months' notice.",),
        (
            ("swapped_values", "A member needs three months' notice and the committee one month's notice."),
            (
                "swapped_names",
                "The committee may give up a plot with one month's notice; a member may end a tenancy with three months' notice.",
            ),
        ),
    ),
    (
        "allotment",
        "When is the deposit for a plot returned?",
        "A deposit of 40 pounds is returned within six weeks, unless the plot has been left uncultivated.",
        (
            "Within six weeks, unless the plot was left uncultivated.",
            "Within 42 days, if the plot has not been left uncultivated.",
        ),
        (
            ("wrong_unit", "Within six months, unless the plot was left uncultivated."),
            ("negation", "The deposit is not returned within six weeks."),
        ),
    ),
    (
        "roaster",
        "How long and how hot are light and dark roasts on the CR-12?",
        "Light roasts take 9 minutes at 205 degrees Celsius, dark roasts take 13 minutes at 230 degrees Celsius.",
        (
            "A light roast takes 9 minutes at 205 °C, a dark one 13 minutes at 230 °C.",
            "Dark roasts: 13 minutes at 230 °C. Light roasts: 9 minutes at 205 °C.",
        ),
        (
            ("swapped_values", "A light roast takes 13 minutes at 205 °C, a dark one 9 minutes at 230 °C."),
            ("swapped_values", "Dark roasts: 9 minutes at 205 °C. Light roasts: 13 minutes at 230 °C."),
        ),
    ),
    (
        "roaster",
        "What do the two lamps of the CR-12 show?",
        "The green lamp shows that the drum is warm; the red lamp shows that the chaff tray is full.",
        ("The green lamp shows a warm drum, the red lamp a full chaff tray.",),
        (
            (
                "swapped_names",
                "The red lamp shows that the drum is warm; the green lamp shows that the chaff tray is full.",
            ),
        ),
    ),
    (
        "roaster",
        "Which keys begin and end a roast on the CR-12?",
        "Press START to begin and COOL to end the roast.",
        ("START begins the roast and COOL ends it.", "Press COOL to end the roast and START to begin."),
        (
            ("swapped_names", "Press COOL to begin and START to end the roast."),
            ("wrong_name", "Press BEGIN to begin and COOL to end the roast."),
        ),
    ),
    (
        "roaster",
        "May the hatch of the CR-12 be opened during a roast?",
        "Do not open the hatch while the drum turns.",
        ("No, do not open the hatch while the drum turns.",),
        (("negation", "Yes, open the hatch while the drum turns."),),
    ),
    (
        "roaster",
        "What does an exported profile of the CR-12 contain?",
        "An exported profile contains the temperature curve, but not the notes.",
        ("The temperature curve, but not the notes.",),
        (
            ("negation", "It contains the temperature curve as well as the notes."),
            ("swapped_names", "The notes, but not the temperature curve."),
        ),
    ),
    (
        "roaster",
        "Which suffix do saved profiles of the CR-12 have?",
        'Profiles are saved with the suffix ".crp".',
        ('The suffix ".crp".', "They end in `.crp`."),
        (("wrong_name", 'The suffix ".crx".'),),
    ),
    (
        "roaster",
        "Which profile of the CR-12 is overwritten?",
        "The roaster keeps 50 profiles; the oldest is overwritten instead of the newest.",
        ("The oldest instead of the newest.",),
        (("swapped_names", "The newest instead of the oldest."),),
    ),
    (
        "ledger",
        "How do `open_day` and `close_day` fail?",
        "Raises ClosedError if the year has been closed.",
        ("`open_day` raises ClosedError if the year has been closed.",),
        (("swapped_names", "`close_day` raises ClosedError if the year has been closed."),),
    ),
    (
        "ledger",
        "How long may bookings be corrected after `close_day`?",
        "Bookings may still be\n    corrected for `grace` minutes.",
        ("For `grace` minutes; until then bookings may still be corrected.",),
        (("wrong_unit", "Bookings may still be corrected for `grace` hours."),),
    ),
    (
        "trip",
        "How long do the tour and the workshop of the museum take?",
        "I have asked the museum: the guided tour takes 75 minutes and the workshop takes two hours.",
        (
            "The guided tour takes 75 minutes, the workshop two hours.",
            "Two hours for the workshop, 75 minutes for the guided tour.",
        ),
        (("swapped_values", "The workshop takes 75 minutes and the guided tour takes two hours."),),
    ),
    (
        "trip",
        "Who collects the consent forms for the school trip, and until when?",
        "I will collect the consent forms until 6 May.",
        ("Oluwaseun collects the consent forms until 6 May.",),
        (
            ("wrong_name", "Bertil collects the consent forms until 6 May."),
            ("bound", "Oluwaseun collects the consent forms from 6 May."),
        ),
    ),
    (
        "trip",
        "Who orders the packed lunches of the school trip?",
        "Packed lunches are ordered by the kitchen, not by the parents.",
        ("The kitchen, not the parents.", "The packed lunches are ordered by the kitchen."),
        (("swapped_names", "They are ordered by the parents, not by the kitchen."),),
    ),
]
