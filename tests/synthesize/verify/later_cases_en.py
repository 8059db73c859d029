"""English documents of our own with answers that were written after the checks, to measure them by kind."""

DOCUMENTS = {
    "ruling": (
        """# Decision 44/2021 of the Rent Tribunal

## Facts
The claimant, Odile Brandt, rented a flat from the respondent, Corvin Homes Ltd, from May 2018. In January 2020 the boiler failed. The respondent repaired it after 41 days.
The claimant paid 70% of the rent during that time and bought two heaters for 118 euros.

## Reasons
The tribunal finds that a rent reduction of 30% was justified. The respondent argued that the claimant had refused access on three days; the tribunal rejects this argument because no notice had been given.
The cost of the heaters is to be borne by the respondent, the cost of their electricity by the claimant.
The respondent may appeal within one month; the claimant has waived an appeal.
""",
        "en",
        "legal",
    ),
    "camera": (
        """# Birdbox Camera Guide

The Birdbox B1 records 20 seconds by day and 8 seconds by night. It stores videos on the card and sends pictures to the phone.
Charge the battery before the first use. The LED flashes blue while pairing and glows orange while charging.
Never place the camera in direct sunlight. The lens can be wiped with a dry cloth, but not with alcohol.
Pictures older than 60 days are deleted, starred pictures are not.
The cable is 1.5 m long, the mounting arm 35 cm. Up to four phones can be connected.
If the picture is blurred, turn the ring to the left; if it is too dark, raise the exposure.
""",
        "en",
        "manual",
    ),
    "minutes": (
        """Minutes of the Harbour Choir, 4 March 2024

Present: Ewa Lind (chair), Marcus Obi (treasurer), Sanna Voss, Petr Novak.
Marcus Obi reported a balance of 3,240 euros, 410 euros less than last year.
Sanna Voss proposed to sing at the summer market; Petr Novak was against it, because half of the choir is away in July. The motion was accepted with 9 votes to 6.
Ewa Lind books the hall and Petr Novak prints the programme. Rehearsals move from Tuesday to Thursday.
Members under 18 pay no fee. Guests may attend two rehearsals before they have to join.
""",
        "en",
        "dialogue",
    ),
    "api": (
        '''class Cache:
    """A cache with an upper limit.

    The oldest entry is dropped when the cache is full.
    """

    def get(self, key, default=None):
        """Return the value of `key`, or `default` if it is absent. Counts a miss if it is absent."""

    def put(self, key, value, ttl=600):
        """Store a value for `ttl` seconds. Raises TypeError if `key` is not hashable.

        Returns True if an older value was replaced, False if the key is new.
        """

    def purge(self):
        """Remove expired entries; entries without a time limit are kept. Returns how many were removed."""
''',
        "en",
        "code",
    ),
}
CASES: list[tuple[str, str, str, tuple[str, ...], tuple[tuple[str, str], ...]]] = [
    (
        "ruling",
        "Who were the parties before the Rent Tribunal in decision 44/2021?",
        "The claimant, Odile Brandt, rented a flat from the respondent, Corvin Homes Ltd, from May 2018.",
        (
            "Odile Brandt was the claimant and Corvin Homes Ltd the respondent.",
            "The tenant Odile Brandt against Corvin Homes Ltd, from which she had rented the flat.",
        ),
        (("swapped_names", "Corvin Homes Ltd was the claimant and Odile Brandt the respondent."),),
    ),
    (
        "ruling",
        "How long did it take the respondent in decision 44/2021 to repair the boiler?",
        "The respondent repaired it after 41 days.",
        ("It took 41 days.", "The boiler was repaired after 41 days."),
        (("wrong_unit", "It took 41 weeks."), ("swapped_names", "The claimant repaired it after 41 days.")),
    ),
    (
        "ruling",
        "What did Odile Brandt pay while the boiler was broken?",
        "The claimant paid 70% of the rent during that time and bought two heaters for 118 euros.",
        (
            "70% of the rent, and 118 euros for two heaters.",
            "She paid 70 percent of her rent and spent €118 on two heaters.",
        ),
        (
            ("wrong_unit", "70 euros of the rent, and 118 euros for two heaters."),
            ("swapped_values", "118% of the rent, and 70 euros for two heaters."),
        ),
    ),
    (
        "ruling",
        "Why did the tribunal reject the argument that access had been refused on three days?",
        "The respondent argued that the claimant had refused access on three days; the tribunal rejects this argument because no notice had been given.",
        ("Because the respondent had given no notice.", "No notice had been given."),
        (("negation", "Because notice had been given."),),
    ),
    (
        "ruling",
        "Who bears the cost of the heaters and of their electricity?",
        "The cost of the heaters is to be borne by the respondent, the cost of their electricity by the claimant.",
        (
            "The respondent bears the cost of the heaters, the claimant that of the electricity.",
            "Corvin Homes pays for the heaters and Ms Brandt for the electricity they used.",
        ),
        (
            ("swapped_names", "The claimant bears the cost of the heaters, the respondent that of the electricity."),
            (
                "swapped_names",
                "The cost of the heaters is borne by the claimant, the cost of their electricity by the respondent.",
            ),
        ),
    ),
    (
        "ruling",
        "Which party may still appeal against decision 44/2021?",
        "The respondent may appeal within one month; the claimant has waived an appeal.",
        ("Only the respondent, within one month; the claimant has waived an appeal.",),
        (
            ("swapped_names", "The claimant may appeal within one month; the respondent has waived an appeal."),
            ("negation", "The respondent may not appeal within one month."),
            ("wrong_unit", "The respondent may appeal within one year."),
        ),
    ),
    (
        "camera",
        "How long are the videos of the Birdbox B1 by day and by night?",
        "The Birdbox B1 records 20 seconds by day and 8 seconds by night.",
        ("20 seconds by day, 8 by night.", "At night it records for eight seconds, during the day for twenty."),
        (
            ("swapped_values", "8 seconds by day, 20 by night."),
            ("wrong_unit", "20 minutes by day and 8 minutes by night."),
        ),
    ),
    (
        "camera",
        "Where does the Birdbox B1 store videos and where does it send pictures?",
        "It stores videos on the card and sends pictures to the phone.",
        ("Videos are stored on the card and pictures are sent to the phone.",),
        (("swapped_names", "Videos are stored on the phone and pictures are sent to the card."),),
    ),
    (
        "camera",
        "What do the colours of the LED of the Birdbox mean?",
        "The LED flashes blue while pairing and glows orange while charging.",
        ("Flashing blue means pairing, orange means charging.", "Blue flashes: pairing. Orange glow: charging."),
        (
            ("swapped_names", "The LED flashes orange while pairing and glows blue while charging."),
            ("swapped_names", "Blue flashes: charging. Orange glow: pairing."),
        ),
    ),
    (
        "camera",
        "How may the lens of the Birdbox be cleaned?",
        "The lens can be wiped with a dry cloth, but not with alcohol.",
        ("With a dry cloth, never with alcohol.", "Wipe it with a dry cloth; alcohol must not be used."),
        (("negation", "With a dry cloth or with alcohol."), ("negation", "With alcohol, but not with a dry cloth.")),
    ),
    (
        "camera",
        "Which pictures of the Birdbox are deleted?",
        "Pictures older than 60 days are deleted, starred pictures are not.",
        (
            "Those older than 60 days, unless they are starred.",
            "Pictures that are more than 60 days old; starred ones are kept.",
        ),
        (
            ("bound", "Those less than 60 days old, unless they are starred."),
            ("negation", "Pictures older than 60 days are not deleted."),
        ),
    ),
    (
        "camera",
        "How long are the cable and the mounting arm of the Birdbox?",
        "The cable is 1.5 m long, the mounting arm 35 cm.",
        ("The cable 1.5 m, the arm 35 cm.", "The mounting arm is 0.35 m long and the cable 150 cm."),
        (
            ("swapped_values", "The cable is 35 cm long, the mounting arm 1.5 m."),
            ("wrong_unit", "The cable is 1.5 cm long, the mounting arm 35 cm."),
        ),
    ),
    (
        "camera",
        "How many phones can be connected to the Birdbox?",
        "Up to four phones can be connected.",
        ("At most four.", "Four at most can be connected."),
        (("bound", "At least four."), ("bound", "More than four phones.")),
    ),
    (
        "camera",
        "What helps if pictures of the Birdbox are blurred or too dark?",
        "If the picture is blurred, turn the ring to the left; if it is too dark, raise the exposure.",
        ("Turn the ring to the left if they are blurred; raise the exposure if they are too dark.",),
        (("swapped_names", "Raise the exposure if they are blurred; turn the ring to the left if they are too dark."),),
    ),
    (
        "minutes",
        "What offices do Ewa Lind and Marcus Obi hold in the Harbour Choir?",
        "Present: Ewa Lind (chair), Marcus Obi (treasurer), Sanna Voss, Petr Novak.",
        ("Ewa Lind is the chair and Marcus Obi the treasurer.",),
        (
            ("swapped_names", "Marcus Obi is the chair and Ewa Lind the treasurer."),
            ("wrong_name", "Ewa Lind is the chair and Sanna Voss the treasurer."),
        ),
    ),
    (
        "minutes",
        "Who proposed that the Harbour Choir sing at the summer market, and who opposed it?",
        "Sanna Voss proposed to sing at the summer market; Petr Novak was against it, because half of the choir is away in July.",
        (
            "Sanna Voss proposed it and Petr Novak opposed it.",
            "It was Sanna Voss's proposal; Petr Novak was against it because half of the singers are away in July.",
        ),
        (
            (
                "swapped_names",
                "Petr Novak proposed it; Sanna Voss was against it, because half of the choir is away in July.",
            ),
            (
                "wrong_name",
                "Sanna Voss proposed it; Marcus Obi was against it, because half of the choir is away in July.",
            ),
        ),
    ),
    (
        "minutes",
        "How did the vote of the Harbour Choir on the summer market end?",
        "The motion was accepted with 9 votes to 6.",
        ("It was accepted, 9 to 6.", "Nine voted for it and six against."),
        (
            ("negation", "The motion was rejected with 9 votes to 6."),
            ("swapped_values", "It was accepted with 6 votes to 9."),
        ),
    ),
    (
        "minutes",
        "Who books the hall and who prints the programme of the Harbour Choir?",
        "Ewa Lind books the hall and Petr Novak prints the programme.",
        (
            "The hall is booked by Ewa Lind, the programme printed by Petr Novak.",
            "Petr Novak prints the programme; Ewa Lind books the hall.",
        ),
        (
            ("swapped_names", "Petr Novak books the hall; Ewa Lind prints the programme."),
            ("wrong_name", "Ewa Lind books the hall and Marcus Obi prints the programme."),
        ),
    ),
    (
        "minutes",
        "To which day do the rehearsals of the Harbour Choir move?",
        "Rehearsals move from Tuesday to Thursday.",
        ("To Thursday; until now they were on Tuesday.", "From Tuesday to Thursday."),
        (("swapped_values", "From Thursday to Tuesday."),),
    ),
    (
        "minutes",
        "Who pays no fee in the Harbour Choir?",
        "Members under 18 pay no fee.",
        ("Members under 18.", "Members who are not yet 18."),
        (("bound", "Members over 18."), ("negation", "Members under 18 pay a fee.")),
    ),
    (
        "api",
        "What does `Cache.put` return?",
        "Returns True if an older value was replaced, False if the key is new.",
        ("True if it replaced an older value, False if the key is new.",),
        (
            ("swapped_names", "False if it replaced an older value, True if the key is new."),
            ("swapped_names", "`purge` returns True if an older value was replaced."),
        ),
    ),
    (
        "api",
        "What does `Cache.purge` do with entries without a time limit?",
        "Remove expired entries; entries without a time limit are kept.",
        ("It keeps them and removes only expired entries.", "They are kept."),
        (("negation", "It removes entries without a time limit."), ("negation", "They are not kept.")),
    ),
    (
        "api",
        "For how long does `Cache.put` store a value?",
        "Store a value for `ttl` seconds.",
        ("For `ttl` seconds.",),
        (("wrong_unit", "For `ttl` minutes."),),
    ),
]
