// Package bayes judges messages by what was learned from others: statistics over hashed features. It sees no mail and
// does no I/O; features come as hashes, what was learned as cells of a table and as a sample of messages.
//
// Two judges work side by side, since they err on different messages:
//
//   - The counts: in how many wanted and unwanted messages a feature was. They are exact, whatever the order of
//     learning, and unlearning takes away what learning added. Each feature gives evidence, the logarithm of how much
//     more often it was in spam, held back where it was seen seldom. The evidence is summed up by kinds (words,
//     pairs of words, links, the form of the header, …), since a hundred words that go together are not a hundred
//     witnesses; a sum grows with the number of its features to the power of 0.3 only.
//   - The linear model: weights fitted by logistic regression to a sample of the messages learned last. It knows
//     what the counts cannot, that features which go together count once. It is fitted anew from the sample whenever
//     that changes, in an order that depends on the sample alone, so that all gateways come to the same weights.
//
// Their sum is a logarithm of odds, calibrated so that of messages judged 0.9 nine of ten are spam. Where little of a
// message is known it is drawn towards 0.
package bayes

// Token is a word or another feature of a message, as a hash.
type Token struct {
	Hash uint64
	Kind Kind
}

// Slots is the number of places for features in a table, and Cells that of its cells: two for each slot, for wanted and
// for unwanted messages, and a few for the number of messages. Features that fall into one slot share it.
const (
	slotBits = 20
	Slots    = 1 << slotBits
	Cells    = 2*Slots + 16
)

// The cells that count messages.
const (
	hamCell  = 2 * Slots
	spamCell = 2*Slots + 1
)

// Slot is the token's place.
func (t Token) Slot() uint32 { return uint32(t.Hash >> (64 - slotBits)) }

// Kind says where a token is from. Each kind is judged apart before all are put together.
type Kind uint8

// The kinds.
const (
	Word      Kind   = iota // a word of the text that the reader sees
	Pair                    // two words of the text side by side
	Manner                  // how the text is written: capitals, marks, quotes, length
	Title                   // a word of the subject
	TitlePair               // two words of the subject
	Person                  // a word of the author's name
	Origin                  // of the author's and the reply's address: domain, how it is written
	Field                   // which fields the header has, and how their names are written
	Value                   // what stands in them: mailer, form of date and message id
	Form                    // how the message is built of parts
	Site                    // where a link leads: host
	Path                    // how a link is written: path, scheme
	Markup                  // of HTML: elements, attributes
	Page                    // of HTML: numbers of images, links, tricks
	List                    // which mailing list it came through
	Relay                   // which relays
	Kinds     = iota        // their number
)

var kindNames = [Kinds]string{"word", "pair", "manner", "subject", "subject pair", "author", "address",
	"field", "field value", "form", "host", "link", "markup", "page", "list", "relay"}

// String gives the name that people read.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}
