"""Common nouns and adjectives, from which generated evaluation tasks draw keys, list items and poems.

An own list: RULER and LongEval take theirs from the package `wonderwords`, which this project does not need otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

NOUNS: tuple[str, ...] = tuple(
    """
    acorn actor airport album alley almond anchor angle ankle answer antler apple apron arch arena armor arrow
    artist atlas attic autumn avenue award axle badge bakery balcony balloon bamboo banana bandage banjo banner
    barber bargain bark barn barrel basin basket battery beach beacon beak bean bear beard beaver bedroom beetle
    belief bell belt bench berry bicycle bird biscuit blanket blossom boat bonnet book boot border bottle boulder
    bowl bracelet bread breeze brick bridge bronze broom brother brush bubble bucket budget buffalo builder bulb
    bundle burrow bush butter button cabbage cabin cable cactus cafe cage cake calendar camel camera camp canal
    candle canoe canvas canyon captain caravan cargo carpet carriage carrot cart castle cathedral cave cedar ceiling
    cello cellar cement census cereal chain chair chalk chapel chapter charcoal cheese cherry chess chestnut chicken
    chimney chisel choir church cinema circle citizen clarinet clay cliff clinic cloak clock closet cloth cloud
    clover coach coast cobweb cocoa coffee coin collar college comet compass concert cookie copper coral corner
    cottage cotton couch cousin cradle crane crater crayon creek crew cricket crocodile crown crystal cupboard
    curtain cushion custom dairy daisy dancer dawn deer dentist desert desk diamond diary dinner ditch doctor
    dolphin donkey door dragon drawer dream dress driver drum duck dune eagle earring echo editor elbow elephant
    elevator ember emerald engine envelope evening fabric factory falcon family fan farmer feather fence fern ferry
    festival fiddle field finger fire fireplace fisherman flag flame flask flea flock floor flour flower flute foam
    forest fork fortress fountain fox frame freezer friend frog frost fruit funnel galaxy gallery garage garden
    garlic garment gate gazelle gem general ghost giant giraffe glacier glass globe glove glue goat goose gorilla
    grain grape grass gravel guitar gull gym hammer hammock hamster handle harbor harp harvest hat hawk hazel
    headline heart hedge helmet herb hermit heron highway hill hinge hobby honey hook horizon horse hospital hotel
    house hunter hurdle hut iceberg icicle igloo ink insect island ivory jacket jaguar jar jasmine jeep jelly jewel
    jigsaw judge juice jungle jury kangaroo kayak kennel kernel kettle key kitchen kite kitten knee knife knight
    koala label lace ladder lagoon lake lamp lantern lapel laundry lawn lawyer leaf leather lecture ledge legend
    lemon lens leopard letter lettuce library lighthouse lily lime linen lion lizard lobby lobster locket log lotus
    luggage lumber lunch machine magnet maiden mailbox mango mansion maple marble market marsh mask mason meadow
    medal melon merchant mermaid meteor midnight mill mineral minister mirror mist mitten monastery monkey monument
    moon morning mosaic moss moth motor mountain mouse mural muscle museum mushroom musician mustard napkin necklace
    needle nephew nest net newspaper noodle notebook novel nurse nutmeg oak oar oasis ocean octopus office olive
    onion opera orange orbit orchard orchid organ ostrich otter outfit oven owl oyster paddle page paint palace palm
    pancake panda panther paper parade parcel parent park parrot parsley pasture path patio pavement peach peacock
    pearl peasant pebble pelican pencil penguin pepper perfume petal phone photo piano picnic pigeon pillow pilot
    pine pirate pizza plain planet plank plate plaza plum pocket poem poet pond pony popcorn porch portrait postcard
    potato pottery powder prairie prince printer prism puddle pumpkin puppet puppy purse puzzle pyramid quail quarry
    queen quilt rabbit raccoon radio radish raft railway rain rainbow raisin ranch raspberry rattle raven razor
    recipe reef refuge reindeer relic ribbon rice rider ring river road robin robot rocket roof root rope rose ruby
    rug ruler sail sailor salad salmon salt sand sandal sandwich sapphire sauce saucer sausage scarf scholar school
    scissors scooter scout screen sculptor seashell season seed shadow shark shed shelf shell shepherd shield ship
    shirt shoe shore shovel shrub shuttle silk silver singer sister skate skirt sky sled sleeve slipper slope smoke
    snail snow soap sofa soil soldier song soup spade spark sparrow spear spice spider spinach spiral sponge spoon
    spring squash squirrel stable stadium stage staircase stamp star statue steam steel stem stone stool storm stove
    stranger straw stream street string studio submarine suburb sugar suitcase summer summit sunflower supper
    swallow swan sweater swing sword table tablet tailor tambourine tavern teacher teapot temple tent terrace
    theater thicket thimble thistle thread throne thumb thunder ticket tiger timber toast tomato tongue tooth torch
    tortoise tower town toy tractor trail train treasure tree trench triangle trout truck trumpet tulip tunnel
    turkey turnip turtle twig umbrella uncle uniform vase vault velvet vessel veteran village vine vinegar violet
    violin visitor volcano voyage waffle wagon waiter wallet walnut walrus warehouse water waterfall weasel weaver
    wedding whale wheat wheel whisker whistle widow willow windmill window wing winter wizard wolf wood wool
    workshop wreath wrist writer yacht yarn yogurt zebra zipper
    """.split()  # noqa: SIM905  a list literal would have a line for each word
)
ADJECTIVES: tuple[str, ...] = tuple(
    """
    able absent active actual adult aged agile alert alien alive ample ancient angry annual anxious arid artful
    ashamed awake aware awkward bare basic bashful bitter bland blank bleak blind blunt bold bored brave brief
    bright brisk broad broken bumpy busy calm candid careful casual cautious central certain charming cheap cheerful
    chief chilly civil classic clean clear clever close cloudy clumsy coarse cold comic common complex content cool
    correct costly crafty creamy crisp crooked crowded cruel curious curly damp daring dark dear decent deep
    delicate dense deserted different direct distant dizzy double doubtful drowsy dry dual dull dusty eager early
    earnest easy elastic elder elegant empty endless equal eternal even exact excited exotic expert fair faithful
    false famous fancy fast faint feeble fertile festive fickle fierce final firm fit fixed flat flexible fluffy fond
    foolish formal fragile frank free frequent fresh friendly frosty frozen full funny gentle genuine glad gloomy
    glossy golden good graceful grand grateful grave greasy great greedy grim guilty handy happy hard harmless harsh
    hasty healthy heavy helpful hidden high hollow honest hopeful hot huge humble humid hungry icy ideal idle
    immense innocent jagged jolly joyful juicy just keen kind large last late lazy lean legal level light likely
    little lively local lonely long loose loud lovely low loyal lucky mad major mature meek mellow merry mighty mild
    minor misty mobile modern modest moist moral muddy musical mute mysterious naive narrow nasty native neat
    nervous neutral new nimble noble noisy normal novel numb obedient obvious odd old open ordinary outer pale
    patient peaceful perfect plain playful pleasant plump polite poor popular portable precious precise pretty
    prickly prime private prompt proper proud public pure puzzled quaint quick quiet rapid rare raw ready real
    recent regular remote rich rigid ripe robust rough round royal rude rural rusty sad safe salty scarce secret
    secure selfish serene serious severe shabby shaggy shallow sharp shiny short shy silent silly simple sincere
    skillful sleepy slender slim slippery slow sly small smart smooth sober soft solemn solid sore sour spare
    special speedy spicy splendid stable stale stark steady steep sticky stiff still stout straight strange strict
    strong stubborn sturdy subtle sudden sunny sure sweet swift tall tame tart tasty tender tense thick thin thirsty
    thorough tidy tight timid tiny tired tough tranquil true twin ugly unique upper urban useful usual vacant vague
    vain valid vast vivid warm wary wasteful weak wealthy weary weird wet wicked wide wild wise witty wonderful
    worthy young zany
    """.split()  # noqa: SIM905  a list literal would have a line for each word
)
_SYLLABLES = tuple("".join(letters) for letters in product("bdfgklmnprstvz", "aeiou"))


def distinct_words() -> tuple[str, ...]:
    """Return all nouns and adjectives, each once, sorted."""
    return tuple(sorted({*NOUNS, *ADJECTIVES}))


def coined_words() -> Iterator[str]:
    """Yield 343,000 made-up words of three syllables, each once, for lists that need more words than there are here."""
    return ("".join(syllables) for syllables in product(_SYLLABLES, repeat=3))
