"""Legal and manual documents in English that must be kept, although much in them repeats."""

from __future__ import annotations

from .sample import Sample

_BLANK = "_" * 24


def _form_lease() -> str:
    clauses = [
        f"{number}. {name}. The {payer} shall pay to the {payee} the sum of $ {_BLANK} on or before the {_BLANK} day of "
        f"{_BLANK}, 20____, for {thing}. If the {payer} fails to pay this sum, the {payee} may charge {_BLANK} percent."
        for number, (name, payer, payee, thing) in enumerate(
            [
                ("Rent", "Tenant", "Landlord", "the use of the premises"),
                ("Deposit", "Tenant", "Landlord", "security against damage"),
                ("Utilities", "Tenant", "Landlord", "water, heat and electric current"),
                ("Parking", "Tenant", "Landlord", "one space in the garage"),
                ("Repairs", "Landlord", "Tenant", "work that the Tenant had done in the Landlord's place"),
                ("Cleaning", "Tenant", "Landlord", "cleaning of the stairs and corridors"),
                ("Insurance", "Landlord", "Insurer", "cover of the building against fire"),
                ("Return", "Landlord", "Tenant", "the part of the deposit that is not used up"),
            ],
            1,
        )
    ]
    signatures = [f"{who}: {_BLANK}\nName: {_BLANK}\nDate: {_BLANK}" for who in ("Landlord", "Tenant", "Witness")]
    return "LEASE OF A FLAT\n\nThis lease is made between " + "\n\n".join([_BLANK, *clauses, *signatures])


_PARTS = {
    "Pump": "draws water from the lower tank", "Heater": "brings the water to the set temperature",
    "Valve": "closes the feed line when the tank is full", "Sensor": "measures how hard the water is",
    "Filter": "holds back sand and rust", "Display": "shows the state of each part",
    "Motor": "turns the drum in both directions", "Door lock": "keeps the door shut during a cycle",
    "Dispenser": "adds the detergent at the right time", "Drain": "carries off the used water",
}  # fmt: skip


def _ten_part_manual() -> str:
    parts = []
    for number, (part, use) in enumerate(_PARTS.items(), 1):
        parts.append(
            f"Part {number}: {part}\n\nPurpose\n\nThe {part.lower()} {use}.\n\n"
            f"Removal\n\n1. Switch the machine off at the wall.\n2. Loosen the {number + 1} screws of the {part.lower()}.\n"
            f"3. Pull the {part.lower()} out towards you.\n\nInspection\n\nLook for cracks and wear. Replace the "
            f"{part.lower()} after {number * 150} hours.\n\nAssembly\n\nAssembly is the reverse of removal.\n\n"
            f"Torque\n\n{number * 2 + 3} Nm"
        )
    return "\n\n".join(parts)


def _amendments() -> str:
    changes = [
        ("4", "(a)(2)", "“fifteen days”", "“twenty business days”"), ("7", "(b)", "“the Bureau”", "“the Agency”"),
        ("9", "(c)(1)", "“dwelling”", "“real property”"), ("12", "(a)", "“written notice”", "“notice on paper”"),
        ("15", "(d)", "“creditor”", "“creditor or servicer”"), ("16", "(a)(4)", "“$400”", "“$1,000”"),
        ("21", "(b)(3)", "“annual”", "“quarterly”"), ("22", "(f)", "“consumer”", "“applicant”"),
        ("30", "(a)", "“2011”", "“2014”"), ("31", "(c)", "“may”", "“shall”"),
    ]  # fmt: skip
    body = [
        f"SEC. {number}. Section {section}{place} of the Fair Billing Act is amended by striking {old} and inserting {new}."
        for number, (section, place, old, new) in enumerate(changes, 101)
    ]
    return "AN ACT\nTo amend the Fair Billing Act, and for other purposes.\n\n" + "\n\n".join(body)


def _repealed_statute() -> str:
    kept = {
        3: "A person who keeps bees shall register each hive with the county before the first day of May.",
        7: "The inspector may enter an apiary by day, and shall show a warrant if the keeper asks for one.",
        12: "Whoever moves a diseased colony across a county line is guilty of a misdemeanor.",
        15: "Fees collected under this chapter are paid into the agricultural fund.",
        20: "This chapter takes effect ninety days after it is signed.",
    }
    lines = []
    for section in range(1, 22):
        body = kept.get(section, "[Repealed]" if section % 3 else "[Reserved]")
        lines.append(f"§ 14-{section:02d}. {body}")
    return "CHAPTER 14. BEES\n\n" + "\n\n".join(lines)


def _price_list() -> str:
    goods = "hinge bracket door-handle lock cylinder shelf drawer-runner caster bolt washer dowel glue-stick".split()
    rows = [
        f"{4100 + 7 * index}  {name:14} {finish:8} {0.45 + 1.35 * index:7.2f} EUR  per piece, plus VAT"
        for index, (name, finish) in enumerate(
            (name, finish) for name in goods for finish in ("steel", "brass", "black")
        )
    ]
    return (
        "Price list 2024, valid from 1 March. Orders below 50 EUR bear a fee of 5 EUR. Delivery takes three days.\n\n"
        + "\n".join(rows)
    )


_DIGEST = [
    ("Transfer of a farm house", "a barn that stands on the same parcel", "counts as part of the dwelling"),
    ("Interest on late refunds", "the day on which the claim reached the office", "starts the period"),
    ("Gifts between spouses", "a flat that was bought from joint savings", "is no taxable gift for its half"),
    ("Loss of a licence", "a trader who let the term lapse", "must apply anew and cannot be reinstated"),
    ("Depreciation of software", "a program written for the firm's own use", "is written off over five years"),
    ("Meals on business trips", "a driver who sleeps in the cab", "may claim the daily rate"),
    ("Sale of a vineyard", "vines planted less than ten years before", "are valued at their cost"),
    ("Seat of a company", "a board that meets abroad twice a year", "does not move the seat"),
]


def _rulings_digest() -> str:
    return ("\n" + "-" * 60 + "\n").join(
        f"[Title] {title}\n[Ruling] No. {2011 + number}-{number * 37}\n[Question] Is {what} to be considered?\n"
        f"[Answer] In the case described, {what} {answer}. See Article {number + 3} of the Act."
        for number, (title, what, answer) in enumerate(_DIGEST, 1)
    )


def _resolutions() -> str:
    subjects = [
        "the minutes of the meeting of 4 March are approved as circulated",
        "Ms Ortega is elected chair of the audit committee until the next annual meeting",
        "the officers are authorised to open an account with the Harbour Bank",
        "a dividend of $ 0.32 a share is paid on 15 June to the holders of record",
        "the lease of the warehouse at 12 Canal Street is renewed for three years",
        "the budget for the second half of the year is adopted",
        "Whitlock & Partners are appointed auditors for the coming year",
    ]
    body = "\n\n".join(f"NOW, THEREFORE, BE IT RESOLVED, that {subject};" for subject in subjects)
    return f"RESOLUTIONS OF THE BOARD OF DIRECTORS\n\n{body}\n\nIN WITNESS WHEREOF I have signed on {_BLANK}, 2024.\n{_BLANK}"


_TERMS = {
    "Affiliate": "a company that controls, is controlled by, or is under common control with a party",
    "Business Day": "a day on which banks in Dublin are open", "Closing": "the transfer of the Shares under clause 4",
    "Confidential Information": "all information that a party marks as confidential",
    "Encumbrance": "a pledge, charge, lien or other right of a third party",
    "Long Stop Date": "31 October 2025", "Losses": "losses, damages, costs and reasonable expenses",
    "Purchase Price": "the amount set out in clause 3.1, as adjusted", "Seller": "the person named in Schedule 1",
    "Shares": "the 40,000 ordinary shares of the Company", "Tax": "any duty, levy or withholding",
    "Warranties": "the statements in Schedule 5", "Working Hours": "9 a.m. to 5 p.m. on a Business Day",
}  # fmt: skip


def _definitions() -> str:
    return "1. DEFINITIONS\n\nIn this Agreement:\n\n" + "\n\n".join(
        f"“{term}” means {meaning};" for term, meaning in _TERMS.items()
    )


def _schedule_of_parties() -> str:
    names = "Alder Birch Cedar Dunmore Elmwood Foxley Garnet Heath Ives Juniper Keswick Larch Merrow".split()
    rows = [
        f"{number}. {name} Holdings Limited, a company registered in England and Wales under number 0{4711000 + number * 377}, "
        f"whose registered office is at {number * 3} {name} Road, Leeds LS{number} 4QT; shares sold: {number * 250}"
        for number, name in enumerate(names, 1)
    ]
    return "SCHEDULE 1\nThe Sellers\n\n" + "\n".join(rows)


def _fee_schedule() -> str:
    services = [
        ("Filing of a claim up to", "1,000"), ("Filing of a claim up to", "5,000"), ("Filing of a claim up to", "25,000"),
        ("Certified copy, first page", "5"), ("Certified copy, each further page", "1"), ("Search of the index", "12"),
        ("Issue of a summons", "20"), ("Service outside the county", "45"), ("Writ of execution", "35"),
        ("Appeal to the district court", "160"), ("Renewal of a judgment", "30"), ("Name change", "200"),
        ("Adoption", "150"), ("Probate of a will", "210"), ("Marriage licence", "60"), ("Notary commission", "40"),
    ]  # fmt: skip
    rows = [
        f"| {number} | {name} | $ {20 + number * 5}.00 | {limit} |" for number, (name, limit) in enumerate(services, 1)
    ]
    return "# Schedule of court fees\n\n| No. | Service | Fee | Limit |\n| --- | --- | --- | --- |\n" + "\n".join(rows)


_ERRORS = [
    ("E01", "No water", "Open the tap. Check that the hose is not bent."),
    ("E02", "Water does not drain", "Clean the filter and the drain hose."),
    ("E03", "Door open", "Close the door until it clicks."), ("E04", "Too much foam", "Use less detergent."),
    ("E05", "Sensor fault", "Call the service desk."), ("E06", "Motor too hot", "Wait for an hour and start again."),
    ("E07", "Leak in the base", "Close the tap and call the service desk."),
    ("E08", "Voltage too low", "Ask an electrician to check the supply."),
    ("E09", "Heater fault", "Call the service desk."), ("E10", "Load out of balance", "Spread the load evenly."),
    ("E11", "Lock fault", "Switch the machine off for a minute."), ("E12", "Memory fault", "Call the service desk."),
]  # fmt: skip


def _error_codes() -> str:
    rows = "\n".join(f"{code}    {name:22}  {remedy}" for code, name, remedy in _ERRORS)
    return "Error codes\n\nWhen a fault occurs, the display shows one of the codes below.\n\n" + rows


def _specification() -> str:
    values = """
        Model: HX-220|Rated voltage: 220–240 V|Frequency: 50 Hz|Power input: 2,100 W|Water pressure: 0.5–8 bar
        |Capacity: 9 kg|Spin speed: 1,400 rpm|Height: 850 mm|Width: 598 mm|Depth: 590 mm|Net weight: 68 kg
        |Cable length: 1.5 m|Noise, washing: 52 dB(A)|Noise, spinning: 74 dB(A)|Energy class: B
        |Water use per cycle: 48 l|Programmes: 14|Protection: IPX4|Standards: EN 60335-1, EN 60335-2-7, EN 55014
        |Storage temperature: −10 to 50 °C|Operating temperature: 5 to 35 °C|Humidity: 20 to 85 %, no dew
        |Fuse: 10 A, slow|Hose: 3/4 inch, 1.2 m|Drain height: 60 to 100 cm|Warranty: 24 months
    """
    return "Technical data\n\n" + "\n".join(value.strip() for value in values.split("|"))


def _steps() -> str:
    steps = """
        Switch the printer off|Unplug the cable|Open the top cover|Lift the blue lever|Remove the old cartridge
        |Wipe the rollers with a dry cloth|Take the new cartridge out of the bag|Shake it gently five times
        |Pull the orange strip|Push the cartridge in until it clicks|Lower the blue lever|Close the top cover
        |Plug the cable in|Switch the printer on|Wait until the green light stays on|Press and hold the menu button
        |Select “Cartridge replaced”|Press OK|Print a test page|Put the old cartridge into the return box
    """
    return "Replacing the cartridge\n\n" + "\n".join(
        f"{n}. {step.strip()}." for n, step in enumerate(steps.split("|"), 1)
    )


def _parts_list() -> str:
    names = "housing gasket impeller shaft bearing seal-ring key nut washer cover plug spring".split()
    rows = [
        f"{index:3}  {90210 + index * 13}-{index % 4}  {name:10} {variant:9} {1 + index % 6} pcs"
        for index, (name, variant) in enumerate(((n, v) for n in names for v in ("upper", "lower", "left")), 1)
    ]
    return "Spare parts of the pump P40\n\nPos  Number     Name       Place    Quantity\n" + "\n".join(rows)


def _glossary() -> str:
    entries = {
        "Ballast": "Weight in the keel that keeps a boat upright.", "Beam": "The greatest width of a boat.",
        "Bilge": "The lowest part inside the hull, where water gathers.", "Boom": "The spar along the foot of the sail.",
        "Cleat": "A fitting to which a rope is made fast.", "Draught": "How deep the hull lies in the water.",
        "Fender": "A cushion that protects the hull at the quay.", "Halyard": "The rope that hoists a sail.",
        "Jib": "The small sail in front of the mast.", "Keel": "The fin below the hull.", "Leech": "The rear edge of a sail.",
        "Port": "The left side, looking forward.", "Starboard": "The right side, looking forward.",
        "Tiller": "The bar that turns the rudder.", "Windward": "The side from which the wind blows.",
    }  # fmt: skip
    return "Words used in this book\n\n" + "\n".join(f"{word}\n    {meaning}" for word, meaning in entries.items())


def _command_options() -> str:
    options = {
        "-a, --all": "Show hidden entries too.", "-b, --block-size=SIZE": "Scale sizes by SIZE before printing them.",
        "-c": "Sort by the time of the last change.", "--color[=WHEN]": "Colour the output; WHEN is always, never or auto.",
        "-d, --directory": "List folders themselves, not their contents.", "-h": "Print sizes such as 1K and 234M.",
        "-i, --inode": "Print the index number of each file.", "-k": "Default to blocks of 1024 bytes.",
        "-l": "Use a long listing.", "-n": "Like -l, but list numbers of users and groups.",
        "-r, --reverse": "Reverse the order while sorting.", "-S": "Sort by size, largest first.", "-t": "Sort by time.",
        "-w, --width=COLS": "Set the width of the output. 0 means no limit.", "-x": "List entries by lines.",
        "-1": "List one file per line.", "--help": "Print this text and exit.", "--version": "Print the version and exit.",
    }  # fmt: skip
    return "NAME\n       ls - list the contents of folders\n\nOPTIONS\n" + "\n\n".join(
        f"       {option}\n              {meaning}" for option, meaning in options.items()
    )


def _checklist() -> str:
    areas = {
        "Brakes": ["Pads at least 3 mm thick", "No fluid lost", "Lever moves freely", "Disc without grooves"],
        "Lights": ["Headlamp works", "Rear lamp works", "Reflectors clean", "Cable not chafed"],
        "Tyres": ["Tread at least 1.6 mm", "Pressure 3.5 bar", "No cracks", "Valve caps present"],
        "Frame": ["No rust at the welds", "Saddle clamp tight", "Bell works", "Number plate legible"],
        "Drive": ["Chain oiled", "Gears shift cleanly", "Crank without play", "Pedals turn freely"],
    }
    return "Monthly check of the delivery bicycles\n\n" + "\n\n".join(
        f"{area}\n" + "\n".join(f"[ ] {item}      [ ] OK   [ ] repair   Initials: ____" for item in items)
        for area, items in areas.items()
    )


def _changelog() -> str:
    entries = [
        ("2.4.1", "Fixed a crash when the cache folder is missing."), ("2.4.0", "Added the option --since."),
        ("2.3.2", "Fixed wrong totals for empty groups."), ("2.3.1", "Fixed a typo in the help text."),
        ("2.3.0", "Added support for zoned dates. Removed the option --old-dates."),
        ("2.2.0", "Reading is twice as fast. Fixed a leak of file handles."), ("2.1.0", "Added Korean messages."),
        ("2.0.0", "Dropped Python 3.8. The default encoding is now UTF-8."), ("1.9.3", "Fixed the build on Windows."),
        ("1.9.2", "Fixed sorting of names with accents."), ("1.9.1", "Fixed a deadlock at exit."),
        ("1.9.0", "Added the command export."),
    ]  # fmt: skip
    return "# Changelog\n\n" + "\n\n".join(f"## {version}\n\n- {text}" for version, text in entries)


def _configuration() -> str:
    keys = {
        "listen_port": ("8080", "Port of the server."), "log_level": ("info", "One of debug, info, warning and error."),
        "max_clients": ("200", "Connections above this number are refused."), "timeout": ("30s", "Idle time of a client."),
        "cache_size": ("256M", "Memory for cached pages."), "tls_cert": ("none", "Path of the certificate."),
        "data_dir": ("/var/lib/app", "Where tables are stored."), "sync": ("on", "Whether writes wait for the disk."),
    }  # fmt: skip
    return "Settings\n\n" + "\n\n".join(
        f"{key}\n  Type: string\n  Default: {default}\n  Restart needed: yes\n  {meaning}"
        for key, (default, meaning) in keys.items()
    )


def _api_responses() -> str:
    calls = ["users", "orders", "invoices", "payments", "products", "stores"]
    return "REST interface\n\n" + "\n\n".join(
        f"GET /v1/{call}\n\nReturns the {call} that the caller may see, newest first.\n\nParameters\n\nlimit: the number of "
        f"{call}, at most {100 + number}\ncursor: the value `next` of the answer before\n\nErrors\n\n401: the token is "
        f"missing or wrong\n429: too many requests"
        for number, call in enumerate(calls)
    )


def _table_of_contents() -> str:
    titles = [
        "Before you begin", "Unpacking the machine", "Choosing a place", "Connecting water", "Connecting power",
        "The first cycle", "Choosing a programme", "Detergent and softener", "Stains", "Child lock", "Delayed start",
        "Cleaning the drawer", "Cleaning the filter", "Frost", "Noise", "Faults that you can repair", "Service", "Disposal",
    ]  # fmt: skip
    contents = "\n".join(f"{n}. {title} {'.' * (60 - len(title))} {n * 4 - 1}" for n, title in enumerate(titles, 1))
    return (
        contents
        + "\n\n1. Before you begin\n\nRead this booklet before you use the machine, and keep it near the machine."
    )


SAMPLES = [
    Sample("form lease with blanks", "legal", "en", _form_lease()),
    Sample("amendments of one act", "legal", "en", _amendments()),
    Sample("statute, mostly repealed", "legal", "en", _repealed_statute()),
    Sample("digest of rulings", "legal", "en", _rulings_digest()),
    Sample("board resolutions", "legal", "en", _resolutions()),
    Sample("definitions", "legal", "en", _definitions()),
    Sample("schedule of parties", "legal", "en", _schedule_of_parties()),
    Sample("table of court fees", "legal", "en", _fee_schedule()),
    Sample("ten parts, same headings", "manual", "en", _ten_part_manual()),
    Sample("price list", "manual", "en", _price_list()),
    Sample("error codes", "manual", "en", _error_codes()),
    Sample("technical data", "manual", "en", _specification()),
    Sample("short steps", "manual", "en", _steps()),
    Sample("spare parts", "manual", "en", _parts_list()),
    Sample("glossary", "manual", "en", _glossary()),
    Sample("command options", "manual", "en", _command_options()),
    Sample("checklist", "manual", "en", _checklist()),
    Sample("changelog", "manual", "en", _changelog()),
    Sample("settings", "manual", "en", _configuration()),
    Sample("interface reference", "manual", "en", _api_responses()),
    Sample("table of contents", "manual", "en", _table_of_contents()),
]
