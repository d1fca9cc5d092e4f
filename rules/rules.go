// Package rules reads rules files in SpamAssassin's language (.cf) and runs them over messages.
//
// A rules file holds rules (header, body, rawbody, full, uri, mimeheader, meta, calls of functions), what each is worth
// (score), what it means (describe), and samples that it must and must not hit (test). It also sets the scores of everything
// that the filters report, so that every score of Weir lives in such files; the last setting wins.
//
// Loading has four steps. Package source reads files and gives the lines that hold; lines become rules and settings (parse.go,
// directive.go, setting.go, define.go); calls are bound to the functions of the rooms in rules/eval, and tags are written out
// (call.go, package replace); what something needs is compiled and put in groups by what it looks at (compile.go, group.go,
// link.go). Whatever is not run is listed with file and line (Problem); no line is left out in silence, and none is ever executed.
//
// Matching (match.go, demand.go, texts.go, mimeheader.go, template.go) asks for each rule that is reported how often it is found,
// and metas ask for those that they are made of (package expr), as few as decide them. What a rule looks at is made (rules/view)
// and handed to a pattern.Matcher when the first rule asks for it: one pass notes where each pattern may be. A Set knows messages
// and scores, not filters: what filters found reaches rules through view.Facts.
package rules

import (
	"slices"
	"time"

	"weir/rules/eval"
	"weir/rules/expr"
	"weir/rules/pattern"
	"weir/rules/view"
	"weir/rules/view/field"
)

// Kind is what a rule looks at.
type Kind uint8

// The kinds of rules.
const (
	Header     Kind = iota // one header field, or a pseudo field such as ALL
	Body                   // the text that a reader sees, a paragraph at a time, the Subject first
	RawBody                // decoded text parts, HTML not rendered
	Full                   // the whole message as it came
	URI                    // each link
	Meta                   // other rules and the filters' symbols
	MIMEHeader             // a field of each part of the message
	URIDetail              // what belongs to a link: its text, its host
	AskDNS                 // an answer of the DNS to a name made of the message
	Other                  // a kind that is not run
)

var kindNames = [...]string{"header", "body", "rawbody", "full", "uri", "meta", "mimeheader", "uri_detail", "askdns", "other"}

// String gives the directive's name.
func (k Kind) String() string { return kindNames[k] }

// Rule is one rule as its last definition has it.
type Rule struct {
	Name     string
	Kind     Kind
	File     string   // where it is defined
	Line     int      // 1-based
	Text     string   // the definition, without directive and name
	Flags    []string // tflags, as written
	Priority int      // as written; it changes nothing: a rule is run when something asks for it
	NotRun   string   // why it is not run; "" it is

	target  *field.Target // Header: what to look at
	unset   string        // Header: what is looked at where it is not there
	mime    *mimeTarget   // MIMEHeader: what to look at
	negate  bool          // Header, MIMEHeader: !~
	exists  bool          // Header: exists:
	call    eval.Call     // the function that it calls; no Name: none
	check   eval.Check    // what calls it: how often it hits
	asks    bool          // the function waits for answers of the DNS
	listed  bool          // .pre files say which functions there are
	foreign bool          // it stands in a file that SpamAssassin ships
	older   []Place       // definitions that this one replaced, in order
	samples []Sample
	wants   []string // names of pieces that the pattern wants, %{NAME}
	source  string   // the pattern as written
	pattern *pattern.Pattern
	expr    *expr.Expr
}

// Sub tells whether the rule is a sub-rule (its name begins with two underscores): used by metas, never reported,
// without a score.
func (r *Rule) Sub() bool { return len(r.Name) > 1 && r.Name[0] == '_' && r.Name[1] == '_' }

// Has tells whether a tflag is set.
func (r *Rule) Has(flag string) bool { return slices.Contains(r.Flags, flag) }

// Set is a compiled set of rules files. It is built once; after Fill it is only read, by any number of goroutines.
type Set struct {
	RuleLimit time.Duration // time that one rule may take on one message; 0 means DefaultRuleLimit

	rules    []*Rule         // all, by name
	askers   []eval.Asker    // rooms whose functions ask the DNS
	editors  []eval.Editor   // rooms that change what body rules see
	silent   map[string]bool // rules that a score of 0 keeps from asking
	index    map[string]int
	settings []setting // scores and their kin, in order
	view     *view.Settings
	subRules bool
	stock    bool    // Weir's own rules are among them
	senders  senders // who is welcome, blocked, or has to authenticate
	known    map[string]bool
	problems Problems
	plan     plan
	pool     pool
}

// DefaultRuleLimit is the time that one rule may take on one message. RE2 needs far less; only rules with huge
// repeat counts on huge texts come near.
const DefaultRuleLimit = 50 * time.Millisecond

// Rules lists all rules by name, also those that are not run. They must not be changed.
func (s *Set) Rules() []*Rule { return s.rules }

// HasStock tells whether the rules that Weir ships are in the set.
func (s *Set) HasStock() bool { return s.stock }

// Rule gives the rule of a name, nil if there is none.
func (s *Set) Rule(name string) *Rule {
	if i, ok := s.index[name]; ok {
		return s.rules[i]
	}
	return nil
}

// Problems lists what is wrong with the files and what of them is not run, in the order of files and lines.
func (s *Set) Problems() Problems { return s.problems }

// Options say what to load.
type Options struct {
	Stock     bool          // begin with the rules that Weir ships
	Paths     []string      // files and folders of the admin, in order
	Offline   bool          // there is no network: functions that ask it are not run
	NoBayes   bool          // there is no classifier: functions that ask it are not run
	Now       time.Time     // the clock for shadow NAME until DATE; zero: that of the machine
	SubRules  bool          // sub-rules are run and reported like others
	RuleLimit time.Duration // see Set.RuleLimit
	Cache     string        // a folder of this user's for what is costly to make; "" none. Builds with the tag hyperscan keep their databases there
}

// Load reads and compiles rules files. The error tells of files that can't be read and of every Problem at level
// Error; the Set is there all the same, for tools that list them, unless a path can't be read.
func Load(o Options) (*Set, error) {
	var files []File
	if o.Stock {
		files = Stock()
	}
	own, err := Read(o.Paths...)
	if err != nil {
		return nil, err
	}
	return Compile(o, append(files, own...)...)
}

// Compile is Load for files that are in memory; o.Paths is not looked at, and o.Stock says whether those of Stock are among them.
func Compile(o Options, files ...File) (*Set, error) {
	p := newParser(o)
	for i := range files {
		p.file(&files[i])
	}
	s := p.finish()
	s.RuleLimit, s.subRules, s.stock = o.RuleLimit, o.SubRules, o.Stock
	s.compile(o)
	return s, s.problems.Err()
}
