"""Short English words, easy to tell apart and to type, for suggested passwords."""

_TEXT = """
able acid acorn acre actor adapt adobe adult after again agent agile album alder alert algae
alley alloy almond alpha amber ample anchor angle ankle annex antler anvil apple april apron arch
arctic arena argue armor arrow aspen aster atlas atom attic audio august aunt autumn avid awake
award axis azure bacon badge bagel baker ballad balsa bamboo banana banjo barge bark barley barn
baron barrel basil basin basket bat bay beach beacon bead beam bean bear beaver bee beech beetle
bell belt bench berry bike birch bird bison blade blank blaze blend blimp block bloom blue bluff
board boat bold bolt bonus book boost boot border bottle bounce bowl box brace braid branch brass
bread breeze brick bridge bright brisk bronze brook broom brown brush bubble bucket buckle bud
buffet bugle build bulb bundle bunny burrow butter button buzz cabin cable cactus cake calm camel
camera camp canal candle candy canoe canvas canyon cape caper carbon card cargo carp carrot cart
carve castle cat cave cedar cello chain chair chalk chapel charm chart cheese cherry chess chest
chili chime chip choir cider cinder circle circus citrus city civic clam clap clay clear clerk
cliff clock cloth cloud clover coach coast cobalt cocoa coffee coil coin collar comet comic
compass cook copper coral cork corn cosmos cotton couch cove crab craft crane crate crayon cream
creek crest cricket crisp crow crown crumb cub cube cup curl curve cycle cymbal daily dairy daisy
dance dawn deck deer delta denim depot desert desk dial diary dice dingo dinner disk dock dog
doll dolphin dome donkey door dot dove dragon drama draw dream drift drill drum duck dune dusk
dust eager eagle early earth easel east echo eel elbow elder elk elm ember emblem emerald engine
envoy epic equal era estate even evening exact fable fabric falcon fame family fancy farm feast
feather fern ferry fiber fiddle field fig film finch fir fire fish flag flame flask fleet flint
float flock flora flour flower flute foam focus fog forest fork fossil fox frame fresh frog frost
fruit fudge galaxy gallery garden garlic gate gazelle gecko gem genius gentle geyser giant ginger
giraffe glacier glad glass globe glove glow goat gold golf goose gorge grain granite grape graph
grass gravel green grid grove guava guest guide guitar gull habit hammer harbor hare harp harvest
hat haven hawk hazel heart hedge heron hickory hill hinge hive hobby holly honey hood hook
horizon horn horse hotel house humble hut ibis icicle idea igloo inch indigo ink inlet iris iron
island ivory ivy jacket jade jaguar jam jar jasmine jazz jeans jelly jet jewel jigsaw jolly
journal joy juice july june jungle junior juniper kale kayak keen kelp kernel kettle key kite
kiwi knight knob knot koala label lace ladder ladle lagoon lake lamp lantern lapel larch lark
laser latch laurel lava lawn leaf ledge legend lemon lens lever light lilac lily lime linen lion
lizard llama lobby lobster locket log lotus lucky lumber lunar lunch lynx lyric magma magnet
maize mango manor mantle maple marble march margin marina market marsh mask mast maze meadow
medal melody melon mentor merit mesa metal meteor midday milk mill mimic mint mirror mist mitten
moat mocha model modern mole moment monkey moon moose mortar mosaic moss motor mound mouse mulch
mural museum music mustard myth nacho napkin nation native navy nectar needle nest nickel night
nimble noble noodle north note novel nugget nut nutmeg oak oar oasis oat ocean octave olive omega
onion onyx opal opera orange orbit orchard orchid organ origin osprey otter oval oven owl oxygen
oyster paddle page paint palace palm panda panel panther papaya paper parade park parrot pasta
patch path patio peach peak pear pearl pebble pecan pedal pelican pen pencil penguin pepper perch
petal piano picnic pier pigeon pilot pine pink pioneer pixel pizza plain planet plank plant plate
plaza plum pocket poem polar polite polo pond pony poplar poppy porch port poster potato pottery
powder prairie prism prize puffin pulse puma pumpkin puppet puzzle pyramid quail quarry quartz
quest quiet quill quilt quince quiver rabbit raccoon radar radio raft rain raisin ramp ranch
raven recipe reed reef relay remedy rhyme rhythm ribbon rice ridge ring river road robin robot
rocket roof root rope rose royal ruby rug ruler rustic saddle saffron sail salad salmon salt
salute sand satin sauce scarf scenic school scout
"""

WORDS: tuple[str, ...] = tuple(_TEXT.split())
