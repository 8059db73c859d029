"""English documents of our own with good and spoiled answers, to measure the checks of `synthesize.verify` by kind."""

DOCUMENTS = {
    "supply": (
        """# Supply Agreement

## 1. Parties
This agreement is made on 3 February 2023 between Orlen Fasteners Ltd (the "Supplier") and Brightwater Rail plc (the "Buyer").

## 2. Delivery
2.1 The Supplier shall notify the Buyer of any delay within three business days. The Buyer may then cancel the affected order without penalty.
2.2 Delivery takes place at the Swindon depot; risk passes to the Buyer on delivery, but title remains with the Supplier until payment.
2.3 The Supplier may not assign this agreement without the Buyer's prior consent, except to an affiliate.

## 3. Price and payment
3.1 The price is EUR 12.40 per unit for orders below 5,000 units and EUR 11.10 per unit for larger orders.
3.2 The Buyer pays each invoice no later than 45 days after receipt. A late payment bears interest at 5% per year, and a wrong invoice is corrected within ten days.
3.3 The Supplier's total liability may not exceed EUR 250,000. Claims under EUR 500 are not paid.

## 4. Quality
4.1 Fasteners of grade A must withstand at least 900 MPa and those of grade B at least 700 MPa.
4.2 The Buyer inspects the goods; the Supplier bears the cost of inspections that fail. Samples are kept for up to two years.
4.3 Only an accredited laboratory may issue a test certificate.

## 5. Disputes
5.1 Kessler & Wray represents the Supplier and Dunmore LLP represents the Buyer. The mediator is appointed by the London Chamber.
""",
        "en",
        "legal",
    ),
    "ruling": (
        """# Hartley v Moss [2019]

## Background
Hartley sold a barge to Moss in 2015. Moss sued Hartley for breach of contract because the engine had not been overhauled.
The County Court dismissed the claim. The Court of Appeal reversed that decision and ordered Hartley to pay Moss £8,200.

## Reasoning
Lord Penhale held that the seller had not given a warranty; Lady Strand dissented. The court refused to award interest.
An appeal must be lodged within 28 days. The respondent failed to file a defence before 14 June 2017.
Costs of £1,150 were awarded to Moss and the survey fee of £640 was borne by Hartley.
""",
        "en",
        "legal",
    ),
    "kiln": (
        """# User Manual: K-7 Pottery Kiln

## Setup
Leave a gap of at least 45 cm between the kiln and any wall. The supply cable must not exceed 8 m.
The technician installs the kiln, and the operator registers it with the manufacturer. Vent V1 opens at 300 °C and vent V2 opens at 620 °C.

## Firing
Never open the lid while the kiln is above 150 °C. A bisque firing takes 9 hours and a glaze firing takes 12 hours.
The controller sends an alarm to the display; the display does not send anything to the controller.
Hold the START key for more than 4 seconds to skip the preheating stage. Glazes containing lead must not be fired.

## Care
Vacuum the elements every month. The thermocouple is replaced by the dealer, not by the user.
Shelves coated with wash last up to 60 firings; uncoated shelves last fewer than 20.
The kiln does not start if the door switch is open. The warranty excludes the heating elements.
""",
        "en",
        "manual",
    ),
    "codefile": (
        '''# relay/broker.py

class Broker:
    """Passes messages from publishers to subscribers. Thread safe, but not fork safe."""

    def publish(self, topic, body, *, retain=False):
        """Send `body` to every subscriber of `topic`. Bodies larger than 256 KB are rejected with `TooLarge`. Returns without waiting for the subscribers."""

    def subscribe(self, topic, handler, *, backlog=50):
        """Register `handler`. At least one and at most `backlog` messages are queued for a slow handler; older ones are dropped. Raises `Closed` after `close` was called."""

    def close(self, *, grace=5):
        """Stop the broker. `Broker` calls `Handler.flush`; `Handler.flush` never calls `Broker`. Waits no longer than `grace` seconds."""

def parse_frame(raw):
    """Return a frame, or None if `raw` is empty. The `Decoder` passes frames to the `Router`, and the `Router` passes errors to the `Auditor`. Only ASCII topics are accepted. Does not check the checksum unless `STRICT` is set."""
''',
        "en",
        "code",
    ),
    "meet": (
        """# Release meeting, 8 October 2024

[09:00] Farah: The beta goes out on 21 October and the final release on 18 November.
[09:02] Lukas: Mei reviewed Jonas's patch yesterday. Jonas has not fixed the memory leak yet.
[09:03] Mei: I asked Lukas to send the changelog to Farah by Thursday.
[09:05] Jonas: The staging server has 64 GB of memory and the build server has 32 GB. We can't use the build server for load tests.
[09:07] Farah: At most three people may deploy on a Friday. I'll ask Priyanka to train Jonas.
[09:09] Lukas: Nobody has tested the installer on Windows. The licence costs 450 dollars a year, or 45 dollars a month.
[09:11] Mei: We rejected the new logo. We keep the old colours.
[09:12] Farah: Every ticket needs at least two approvals, otherwise it stays open.
""",
        "en",
        "dialogue",
    ),
}
CASES = [
    (
        "supply",
        "Who must report a delivery delay, and to whom?",
        "The Supplier shall notify the Buyer of any delay within three business days.",
        [
            "The Supplier has to inform the Buyer within three business days.",
            "The Buyer must be told by the Supplier, within three business days.",
            "Any delay is reported to the Buyer by the Supplier.",
        ],
        [
            ("swapped_names", "The Buyer shall notify the Supplier of any delay."),
            ("swapped_names", "The Supplier must be notified by the Buyer of any delay."),
            ("bound", "The Supplier notifies the Buyer after three business days at the earliest."),
        ],
    ),
    (
        "supply",
        "What may the Buyer do after a delay notice?",
        "The Buyer may then cancel the affected order without penalty.",
        [
            "It may cancel the order that is late, and pays no penalty.",
            "The Buyer is free to cancel the affected order and owes no penalty for it.",
        ],
        [
            ("negation", "The Buyer may then cancel the affected order, but only with a penalty."),
            ("negation", "The Buyer may not cancel the affected order."),
            ("swapped_names", "The Supplier may then cancel the affected order without penalty."),
        ],
    ),
    (
        "supply",
        "When do risk and title pass?",
        "risk passes to the Buyer on delivery, but title remains with the Supplier until payment.",
        [
            "Risk goes to the Buyer when the goods are delivered, while the Supplier keeps title until payment.",
            "On delivery the Buyer takes the risk; title stays with the Supplier until it is paid.",
        ],
        [
            (
                "swapped_names",
                "Risk passes to the Supplier on delivery, but title remains with the Buyer until payment.",
            ),
            (
                "swapped_values",
                "Title passes to the Buyer on delivery, but risk remains with the Supplier until payment.",
            ),
        ],
    ),
    (
        "supply",
        "May the Supplier assign the agreement?",
        "The Supplier may not assign this agreement without the Buyer's prior consent, except to an affiliate.",
        [
            "Only with the Buyer's prior consent, unless it assigns it to an affiliate.",
            "It needs the Buyer's prior consent to assign the agreement; an affiliate is the exception.",
            "Not without prior consent of the Buyer, except to an affiliate.",
        ],
        [
            ("negation", "The Supplier may assign this agreement without the Buyer's prior consent."),
            (
                "negation",
                "The Supplier may not assign this agreement without the Buyer's prior consent, not even to an affiliate.",
            ),
            ("swapped_names", "The Buyer may not assign this agreement without the Supplier's prior consent."),
        ],
    ),
    (
        "supply",
        "What is the price per fastener?",
        "The price is EUR 12.40 per unit for orders below 5,000 units and EUR 11.10 per unit for larger orders.",
        [
            "EUR 12.40 each for orders of less than 5,000 units, and EUR 11.10 each above that.",
            "Each unit costs EUR 12.40 if fewer than 5,000 units are ordered; for larger orders it costs EUR 11.10.",
        ],
        [
            (
                "swapped_values",
                "EUR 11.10 per unit for orders below 5,000 units and EUR 12.40 per unit for larger orders.",
            ),
            ("bound", "EUR 12.40 per unit for orders above 5,000 units."),
        ],
    ),
    (
        "supply",
        "By when must an invoice be paid?",
        "The Buyer pays each invoice no later than 45 days after receipt.",
        [
            "Within 45 days of receiving it.",
            "At the latest 45 days after the invoice is received.",
            "The Buyer has up to 45 days after receipt to pay.",
        ],
        [
            ("bound", "No earlier than 45 days after receipt."),
            ("bound", "At least 45 days after receipt."),
            ("bound", "More than 45 days after receipt."),
            ("swapped_names", "The Supplier pays each invoice no later than 45 days after receipt."),
        ],
    ),
    (
        "supply",
        "What happens with late payments and wrong invoices?",
        "A late payment bears interest at 5% per year, and a wrong invoice is corrected within ten days.",
        [
            "Late payments bear 5% interest a year and wrong invoices are put right within ten days.",
            "Interest of 5% per year is due on late payments; a wrong invoice has to be corrected in at most ten days.",
        ],
        [
            (
                "swapped_values",
                "A late payment is corrected within ten days, and a wrong invoice bears interest at 5% per year.",
            ),
            ("bound", "A wrong invoice is corrected after ten days."),
        ],
    ),
    (
        "supply",
        "How much is the Supplier's liability limited to?",
        "The Supplier's total liability may not exceed EUR 250,000.",
        [
            "It is capped at EUR 250,000 in total.",
            "To at most EUR 250,000.",
            "The Supplier is liable for no more than EUR 250,000 in total.",
            "The maximum total liability is EUR 250,000.",
        ],
        [
            ("bound", "The Supplier's total liability must be at least EUR 250,000."),
            ("bound", "The total liability may exceed EUR 250,000."),
            ("bound", "No less than EUR 250,000."),
            ("swapped_names", "The Buyer's total liability may not exceed EUR 250,000."),
        ],
    ),
    (
        "supply",
        "Which small claims go unpaid?",
        "Claims under EUR 500 are not paid.",
        ["Claims of less than EUR 500.", "Nothing is paid for claims below EUR 500."],
        [
            ("bound", "Claims over EUR 500 are not paid."),
            ("negation", "Claims under EUR 500 are paid."),
            ("bound", "Claims of at least EUR 500."),
        ],
    ),
    (
        "supply",
        "What strength must the fastener grades withstand?",
        "Fasteners of grade A must withstand at least 900 MPa and those of grade B at least 700 MPa.",
        [
            "Grade A has to withstand 900 MPa or more, grade B 700 MPa or more.",
            "No less than 900 MPa for grade A and no less than 700 MPa for grade B.",
        ],
        [
            ("swapped_values", "Grade A must withstand at least 700 MPa and grade B at least 900 MPa."),
            ("bound", "Grade A must withstand at most 900 MPa and grade B at most 700 MPa."),
            ("bound", "Grade A must withstand up to 900 MPa."),
        ],
    ),
    (
        "supply",
        "Who pays for failed inspections?",
        "The Buyer inspects the goods; the Supplier bears the cost of inspections that fail.",
        [
            "The Supplier pays for inspections that fail.",
            "If an inspection fails, its cost falls on the Supplier, although the Buyer carries it out.",
        ],
        [
            ("swapped_names", "The Supplier inspects the goods; the Buyer bears the cost of inspections that fail."),
            ("swapped_names", "The Buyer bears the cost of inspections that fail."),
        ],
    ),
    (
        "supply",
        "How long are samples kept?",
        "Samples are kept for up to two years.",
        ["For two years at most.", "No longer than two years.", "They are stored for a maximum of two years."],
        [("bound", "Samples are kept for at least two years."), ("bound", "For more than two years.")],
    ),
    (
        "supply",
        "Who may issue a test certificate?",
        "Only an accredited laboratory may issue a test certificate.",
        [
            "An accredited laboratory, and nobody else.",
            "Nobody except an accredited laboratory.",
            "A test certificate may be issued only by an accredited laboratory.",
        ],
        [
            ("negation", "An accredited laboratory may not issue a test certificate."),
            ("negation", "Anyone except an accredited laboratory may issue a test certificate."),
        ],
    ),
    (
        "supply",
        "Which law firms represent the parties?",
        "Kessler & Wray represents the Supplier and Dunmore LLP represents the Buyer.",
        [
            "The Supplier is represented by Kessler & Wray and the Buyer by Dunmore LLP.",
            "Dunmore LLP acts for the Buyer, Kessler & Wray for the Supplier.",
        ],
        [
            ("swapped_names", "Kessler & Wray represents the Buyer and Dunmore LLP represents the Supplier."),
            ("swapped_names", "The Buyer is represented by Kessler & Wray."),
            ("wrong_name", "Brightwater represents the Supplier."),
        ],
    ),
    (
        "ruling",
        "Who sold the barge to whom?",
        "Hartley sold a barge to Moss in 2015.",
        ["Moss bought it from Hartley.", "Hartley sold it to Moss.", "It was sold to Moss by Hartley in 2015."],
        [
            ("swapped_names", "Moss sold a barge to Hartley in 2015."),
            ("swapped_names", "Moss sold it to Hartley."),
            ("swapped_names", "The barge was sold by Moss to Hartley."),
        ],
    ),
    (
        "ruling",
        "Who sued over the engine?",
        "Moss sued Hartley for breach of contract because the engine had not been overhauled.",
        [
            "Moss sued Hartley, as the engine had not been overhauled.",
            "Hartley was sued by Moss for breach of contract.",
        ],
        [
            ("swapped_names", "Hartley sued Moss for breach of contract."),
            ("negation", "Moss sued Hartley because the engine had been overhauled."),
            ("swapped_names", "Moss was sued by Hartley for breach of contract."),
        ],
    ),
    (
        "ruling",
        "How did the two courts decide?",
        "The County Court dismissed the claim. The Court of Appeal reversed that decision and ordered Hartley to pay Moss £8,200.",
        [
            "The County Court dismissed the claim, but the Court of Appeal reversed this and Hartley had to pay Moss £8,200.",
            "The claim was dismissed by the County Court; on appeal the Court of Appeal ordered a payment of £8,200 from Hartley to Moss.",
        ],
        [
            ("swapped_names", "The Court of Appeal dismissed the claim. The County Court reversed that decision."),
            ("swapped_names", "The Court of Appeal ordered Moss to pay Hartley £8,200."),
            ("negation", "The County Court did not dismiss the claim."),
        ],
    ),
    (
        "ruling",
        "What did the judges hold about a warranty?",
        "Lord Penhale held that the seller had not given a warranty; Lady Strand dissented.",
        [
            "Lord Penhale held that no warranty had been given by the seller, and Lady Strand dissented.",
            "According to Lord Penhale the seller gave no warranty. Lady Strand disagreed.",
        ],
        [
            ("swapped_names", "Lady Strand held that the seller had not given a warranty; Lord Penhale dissented."),
            ("negation", "Lord Penhale held that the seller had given a warranty."),
        ],
    ),
    (
        "ruling",
        "Did the court award interest?",
        "The court refused to award interest.",
        ["No, the court declined to award interest.", "No, the court did not award interest."],
        [
            ("negation", "Yes, the court awarded interest."),
            ("negation", "Yes, the court agreed to award interest."),
            ("negation", "The court did not refuse to award interest."),
        ],
    ),
    (
        "ruling",
        "What did the respondent fail to do?",
        "The respondent failed to file a defence before 14 June 2017.",
        ["It did not file a defence before 14 June 2017.", "File a defence before 14 June 2017."],
        [
            ("negation", "The respondent filed a defence before 14 June 2017."),
            ("bound", "The respondent failed to file a defence after 14 June 2017."),
        ],
    ),
    (
        "ruling",
        "How were costs and survey fee shared?",
        "Costs of £1,150 were awarded to Moss and the survey fee of £640 was borne by Hartley.",
        [
            "Moss got costs of £1,150, and Hartley bore the survey fee of £640.",
            "Hartley had to bear the £640 survey fee, and Moss was awarded costs of £1,150.",
        ],
        [
            ("swapped_names", "Costs of £1,150 were awarded to Hartley and the survey fee of £640 was borne by Moss."),
            ("swapped_values", "Costs of £640 were awarded to Moss and the survey fee of £1,150 was borne by Hartley."),
        ],
    ),
    (
        "kiln",
        "How much room does the kiln need beside a wall?",
        "Leave a gap of at least 45 cm between the kiln and any wall.",
        ["A gap of 45 cm or more.", "It must stand no closer than 45 cm to a wall.", "Not less than 45 cm."],
        [
            ("bound", "A gap of at most 45 cm."),
            ("bound", "A gap of no more than 45 cm."),
            ("bound", "Less than 45 cm."),
        ],
    ),
    (
        "kiln",
        "How long may the kiln's supply cable be?",
        "The supply cable must not exceed 8 m.",
        ["Up to 8 m.", "At most 8 m long.", "It may be no longer than 8 m."],
        [("bound", "It must exceed 8 m."), ("bound", "At least 8 m."), ("bound", "It must be longer than 8 m.")],
    ),
    (
        "kiln",
        "Who installs and who registers the kiln?",
        "The technician installs the kiln, and the operator registers it with the manufacturer.",
        [
            "It is installed by the technician and registered by the operator.",
            "The operator registers it with the manufacturer after the technician installs it.",
        ],
        [
            ("swapped_names", "The operator installs the kiln, and the technician registers it with the manufacturer."),
            ("swapped_names", "The kiln is installed by the operator."),
            ("swapped_names", "The manufacturer installs the kiln."),
        ],
    ),
    (
        "kiln",
        "At what temperatures do the kiln's vents open?",
        "Vent V1 opens at 300 °C and vent V2 opens at 620 °C.",
        ["V1 at 300 °C, V2 at 620 °C.", "V2 opens at 620 °C and V1 already at 300 °C."],
        [
            ("swapped_values", "V1 at 620 °C, V2 at 300 °C."),
            ("swapped_values", "Vent V2 opens at 300 °C and vent V1 opens at 620 °C."),
        ],
    ),
    (
        "kiln",
        "When must the lid stay shut?",
        "Never open the lid while the kiln is above 150 °C.",
        ["As long as the kiln is hotter than 150 °C.", "Whenever the temperature is over 150 °C."],
        [("bound", "While the kiln is below 150 °C."), ("negation", "Open the lid while the kiln is above 150 °C.")],
    ),
    (
        "kiln",
        "How long do the firings take?",
        "A bisque firing takes 9 hours and a glaze firing takes 12 hours.",
        ["Bisque firing takes 9 hours; glaze firing takes 12.", "9 hours for bisque and 12 hours for glaze."],
        [
            ("swapped_values", "A bisque firing takes 12 hours and a glaze firing takes 9 hours."),
            ("swapped_values", "12 hours for bisque and 9 hours for glaze."),
        ],
    ),
    (
        "kiln",
        "Which way does the alarm go?",
        "The controller sends an alarm to the display; the display does not send anything to the controller.",
        [
            "From the controller to the display.",
            "The controller sends it to the display, and the display sends nothing back.",
        ],
        [
            ("swapped_names", "The display sends an alarm to the controller."),
            ("swapped_names", "From the display to the controller."),
        ],
    ),
    (
        "kiln",
        "How is the preheating stage skipped?",
        "Hold the START key for more than 4 seconds to skip the preheating stage.",
        ["By pressing START for longer than 4 seconds.", "Keep the START key down for over 4 seconds."],
        [
            ("bound", "Hold the START key for less than 4 seconds."),
            ("negation", "Do not hold the START key for more than 4 seconds to skip the preheating stage."),
            ("wrong_name", "Hold the STOP key for more than 4 seconds."),
        ],
    ),
    (
        "kiln",
        "Which glazes are ruled out for the kiln?",
        "Glazes containing lead must not be fired.",
        [
            "Those that contain lead.",
            "Glazes with lead may not be fired in it.",
            "Lead glazes: firing them is forbidden.",
        ],
        [("negation", "Glazes containing no lead must not be fired."), ("negation", "Glazes without lead.")],
    ),
    (
        "kiln",
        "Who replaces the thermocouple?",
        "The thermocouple is replaced by the dealer, not by the user.",
        ["The dealer replaces it; the user must not.", "The dealer, rather than the user."],
        [
            ("swapped_names", "The thermocouple is replaced by the user, not by the dealer."),
            ("swapped_names", "The user replaces it."),
            ("negation", "The dealer does not replace the thermocouple."),
        ],
    ),
    (
        "kiln",
        "How long do the shelves last?",
        "Shelves coated with wash last up to 60 firings; uncoated shelves last fewer than 20.",
        [
            "Coated shelves last at most 60 firings and uncoated ones less than 20.",
            "Up to 60 firings with wash, under 20 without it.",
        ],
        [
            ("bound", "Shelves coated with wash last at least 60 firings."),
            ("swapped_values", "Uncoated shelves last up to 60 firings; shelves coated with wash last fewer than 20."),
        ],
    ),
    (
        "kiln",
        "When does the kiln refuse to start?",
        "The kiln does not start if the door switch is open.",
        ["When the door switch is open.", "If the switch of the door is open, it will not start."],
        [
            ("negation", "When the door switch is not open."),
            ("negation", "The kiln starts if the door switch is open."),
        ],
    ),
    (
        "kiln",
        "Does the warranty cover the heating elements?",
        "The warranty excludes the heating elements.",
        ["No, the heating elements are excluded.", "No, the warranty does not cover the heating elements."],
        [
            ("negation", "Yes, the warranty includes the heating elements."),
            ("negation", "The warranty does not exclude the heating elements."),
        ],
    ),
    (
        "codefile",
        "What happens with large bodies in publish?",
        "Bodies larger than 256 KB are rejected with `TooLarge`.",
        ["`publish` rejects bodies of more than 256 KB with `TooLarge`.", "Anything above 256 KB raises `TooLarge`."],
        [
            ("bound", "Bodies smaller than 256 KB are rejected with `TooLarge`."),
            ("negation", "Bodies larger than 256 KB are not rejected."),
            ("wrong_name", "Bodies larger than 256 KB are rejected with `Closed`."),
        ],
    ),
    (
        "codefile",
        "Does publish wait for subscribers?",
        "Returns without waiting for the subscribers.",
        ["No, `publish` does not wait for the subscribers.", "No, it returns without waiting for them."],
        [
            ("negation", "Yes, it returns after waiting for the subscribers."),
            ("negation", "It waits for the subscribers."),
        ],
    ),
    (
        "codefile",
        "How many messages are queued for a slow handler?",
        "At least one and at most `backlog` messages are queued for a slow handler; older ones are dropped.",
        [
            "One or more, and no more than `backlog`; older messages are dropped.",
            "Between one and `backlog` messages are queued.",
        ],
        [
            ("bound", "At most one and at least `backlog` messages are queued for a slow handler."),
            ("negation", "Older ones are not dropped."),
        ],
    ),
    (
        "codefile",
        "Do Broker and Handler.flush call each other?",
        "`Broker` calls `Handler.flush`; `Handler.flush` never calls `Broker`.",
        ["Only in one direction: `Handler.flush` is called by `Broker`, but it never calls `Broker`."],
        [
            ("swapped_names", "`Handler.flush` calls `Broker`; `Broker` never calls `Handler.flush`."),
            ("negation", "`Handler.flush` calls `Broker`."),
        ],
    ),
    (
        "codefile",
        "How long does close wait?",
        "Waits no longer than `grace` seconds.",
        ["At most `grace` seconds.", "Up to `grace` seconds."],
        [("bound", "At least `grace` seconds."), ("bound", "Longer than `grace` seconds.")],
    ),
    (
        "codefile",
        "What do Decoder and Router pass on?",
        "The `Decoder` passes frames to the `Router`, and the `Router` passes errors to the `Auditor`.",
        [
            "Frames go from the `Decoder` to the `Router`; errors go from the `Router` to the `Auditor`.",
            "The `Router` gets frames from the `Decoder`, and the `Auditor` gets errors from the `Router`.",
        ],
        [
            ("swapped_names", "The `Router` passes frames to the `Decoder`."),
            (
                "swapped_names",
                "The `Decoder` passes errors to the `Router`, and the `Router` passes frames to the `Auditor`.",
            ),
            ("swapped_names", "The `Auditor` passes errors to the `Router`."),
        ],
    ),
    (
        "codefile",
        "When does parse_frame check the checksum?",
        "Does not check the checksum unless `STRICT` is set.",
        ["Only if `STRICT` is set.", "When `STRICT` is set; otherwise it skips the check."],
        [
            ("negation", "Only if `STRICT` is not set."),
            ("negation", "It always checks the checksum unless `STRICT` is set."),
        ],
    ),
    (
        "meet",
        "When do the beta and the final release go out?",
        "The beta goes out on 21 October and the final release on 18 November.",
        [
            "The beta on 21 October, the final release on 18 November.",
            "The final release follows on 18 November after the beta of 21 October.",
        ],
        [("swapped_values", "The beta goes out on 18 November and the final release on 21 October.")],
    ),
    (
        "meet",
        "Who reviewed whose patch?",
        "Mei reviewed Jonas's patch yesterday.",
        ["Mei reviewed the patch of Jonas.", "Jonas's patch was reviewed by Mei."],
        [
            ("swapped_names", "Jonas reviewed Mei's patch yesterday."),
            ("swapped_names", "Mei's patch was reviewed by Jonas."),
            ("wrong_name", "Farah reviewed Jonas's patch."),
        ],
    ),
    (
        "meet",
        "What is the state of the memory leak?",
        "Jonas has not fixed the memory leak yet.",
        ["It is still open: Jonas has yet to fix it.", "Jonas hasn't fixed it so far."],
        [("negation", "Jonas has fixed the memory leak."), ("wrong_name", "Mei has not fixed the memory leak yet.")],
    ),
    (
        "meet",
        "Who sends the changelog, and to whom?",
        "I asked Lukas to send the changelog to Farah by Thursday.",
        [
            "Lukas sends the changelog to Farah; Mei asked him.",
            "Farah gets it from Lukas by Thursday.",
            "Mei asked Lukas to send it to Farah.",
        ],
        [
            ("swapped_names", "Farah sends the changelog to Lukas by Thursday."),
            ("swapped_names", "Lukas asked Mei to send the changelog to Farah."),
            ("wrong_name", "Jonas sends the changelog to Farah."),
        ],
    ),
    (
        "meet",
        "How much memory do the servers have?",
        "The staging server has 64 GB of memory and the build server has 32 GB.",
        ["64 GB on staging and 32 GB on the build server.", "The build server has 32 GB, the staging server 64 GB."],
        [
            ("swapped_values", "The staging server has 32 GB of memory and the build server has 64 GB."),
            ("swapped_values", "The build server has 64 GB."),
        ],
    ),
    (
        "meet",
        "How many people may deploy on a Friday?",
        "At most three people may deploy on a Friday.",
        ["No more than three.", "Three people at most.", "Up to three people."],
        [("bound", "At least three people may deploy on a Friday."), ("bound", "More than three.")],
    ),
    (
        "meet",
        "Who trains whom?",
        "I'll ask Priyanka to train Jonas.",
        ["Priyanka trains Jonas.", "Jonas is to be trained by Priyanka."],
        [("swapped_names", "Jonas trains Priyanka."), ("swapped_names", "Priyanka is to be trained by Jonas.")],
    ),
    (
        "meet",
        "Has the installer been tested on Windows?",
        "Nobody has tested the installer on Windows.",
        ["No, it has not been tested on Windows.", "No, it is untested there."],
        [
            ("negation", "Yes, somebody has tested the installer on Windows."),
            ("negation", "The installer was tested on Windows."),
        ],
    ),
    (
        "meet",
        "What does the licence cost?",
        "The licence costs 450 dollars a year, or 45 dollars a month.",
        ["$450 per year, or $45 per month.", "45 dollars monthly or 450 dollars yearly."],
        [
            ("swapped_values", "The licence costs 45 dollars a year, or 450 dollars a month."),
            ("swapped_values", "$450 per month."),
        ],
    ),
    (
        "meet",
        "What was decided about the logo?",
        "We rejected the new logo. We keep the old colours.",
        ["The new logo was turned down.", "The team did not accept the new logo and keeps the old colours."],
        [("negation", "The new logo was accepted."), ("negation", "The team did not reject the new logo.")],
    ),
    (
        "meet",
        "How many approvals does a ticket need?",
        "Every ticket needs at least two approvals, otherwise it stays open.",
        ["Two or more.", "A minimum of two approvals.", "No fewer than two."],
        [("bound", "At most two approvals."), ("bound", "No more than two."), ("bound", "Up to two approvals.")],
    ),
]
