// Package pattern compiles Perl patterns, as SpamAssassin's rules files write them, and finds which of many occur in
// a text.
//
// Mail is bytes: a rule's \xE4 means one byte, a dot takes one byte, and what is no valid UTF-8 must not stop a match.
// Go's engine reads runes. So a pattern is rewritten into an equal one in which each byte is the rune of the same
// number (Latin-1), and text beyond ASCII is handed to it in the same dress. What differs between Perl and RE2
// syntax ($ before a last newline, \s with \v, \h, \R, POSIX classes, /x) is rewritten on the way.
//
// RE2 works in linear time, so no pattern and no mail can make it run for ever. What RE2 can't do (looking around,
// references back, possessive repeats) is run by a backtracking engine on bytes (backtrack.go), with a hard limit, and only
// where a relaxed form of the pattern says that it may match (relax.go).
//
// A Group holds the patterns that look at the same text. One pass of an Aho-Corasick automaton finds the literals that
// a pattern can't match without; only patterns whose literal is there are tried, each by a machine of its own that takes
// one step a byte (DFA). Go's engine is left for the few that are too large for one, and to count matches.
//
// A build with the tag hyperscan finds the candidates of large groups by the library of that name instead (screen_hyperscan.go);
// what it finds is verified in the same way.
package pattern

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"time"

	"weir/rules/ascii"
)

// Bounds on a single pattern, so that a hostile rules file can't eat the machine.
const (
	MaxSource = 512 << 10 // bytes of a pattern as written, tags of replace_rules written out
	MaxRepeat = 65_534    // the count of x{n,m}; Perl's own limit
	MaxInsts  = 150_000   // instructions of the compiled program
)

// ErrBacktracking is returned for what only Perl itself can run: recursion, conditions, verbs, \G and \K.
var ErrBacktracking = errors.New("only Perl's own engine runs it")

// Pattern is one compiled pattern. It is safe for concurrent use.
type Pattern struct {
	Source string // as written, with delimiters and flags

	whole    program
	branches []branch
	caught   *capturer // for Capture
	listed   listed
}

// branch is one of the alternatives that a pattern consists of: it matches where the pattern does. Trying only the
// branch whose literal was found is far cheaper than trying the pattern.
type branch struct {
	program
	literals []string // lower case; at least one of them is in every text that matches; nil: unknown
	also     []string // at least one of these is in every such text too; nil: unknown
	sure     bool     // one of the literals in a text, in any case, is a match: nothing need be run
	reach    int      // a match begins at most so many steps before the end of the first literal
	width    int      // a match has at most so many steps

	lone int16 // the byte that every match begins with; -1: there are several

	begins  *beginning   // how a match begins, where the literals are weak; else nil
	confirm *backtracker // tells whether a match begins at a place
}

// program is an expression of the engine, compiled when it is first run.
type program struct {
	exact      *backtracker // runs the pattern where RE2 can't; else nil, or there to count matches that may be empty
	backtracks bool         // the expression is a relaxed one: exact decides
	text       string
	tree       func() *syntax.Regexp // with markers, where the text is not written yet; gone then
	write      *sync.Once
	once       *sync.Once
	re         *regexp.Regexp
	insts      int  // size: the cost of one byte at worst
	empty      bool // it may match nothing: exact then counts its matches
}

// ready compiles the program for regexp. Its text was parsed before, so this can't fail.
func (p *program) ready() *program {
	p.once.Do(func() {
		prog := p.compile()
		p.re = regexp.MustCompile(p.text)
		p.insts = len(prog.Inst)
	})
	return p
}

// source gives the program's text.
func (p *program) source() string {
	p.write.Do(func() {
		if p.tree != nil {
			relaxed, _ := relax(p.tree())
			p.text, p.tree = relaxed.String(), nil
		}
	})
	return p.text
}

// compile gives the instructions of the program.
func (p *program) compile() *syntax.Prog {
	tree, err := syntax.Parse(p.source(), syntax.Perl)
	if err == nil {
		var prog *syntax.Prog
		if prog, err = syntax.Compile(tree.Simplify()); err == nil {
			return prog
		}
	}
	panic("pattern: " + p.text + ": " + err.Error())
}

// Compile reads a pattern with its delimiters and flags: /…/i, m{…}x, m!…!. Errors say what is wrong and what to do.
func Compile(source string) (*Pattern, error) {
	if len(source) > MaxSource {
		return nil, fmt.Errorf("the pattern has %d bytes, the limit is %d: split the rule", len(source), MaxSource)
	}
	body, flags, err := Split(source)
	if err != nil {
		return nil, err
	}
	tree, t, err := parse(body, flags, false)
	if err != nil {
		return nil, err
	}
	p, err := build(source, tree)
	if err == nil {
		p.caught.names = t.names
	}
	return p, err
}

// parse gives the tree of a pattern, with markers.
func parse(body, flags string, groups bool) (*syntax.Regexp, *translator, error) {
	t, err := translate(body, flags, groups, re2Repeat)
	if err != nil {
		return nil, nil, err
	}
	tree, err := syntax.Parse(string(t.out.b), syntax.Perl)
	if tooMuch(err) { // repeat counts within repeat counts
		if t, err = translate(body, flags, groups, smallRepeat); err == nil {
			tree, err = syntax.Parse(string(t.out.b), syntax.Perl)
		}
	}
	return tree, t, plain(err)
}

// re2Repeat is the largest repeat count that RE2 takes.
const re2Repeat = 1000

func build(source string, tree *syntax.Regexp) (*Pattern, error) {
	from, trees := newOrigin(source, tree)
	whole, relaxed := programOf(tree, from.at(wholeTree))
	p := &Pattern{Source: source, caught: &capturer{plain: &backtracker{tree: from.at(wholeTree)}}, whole: whole}
	prog, err := syntax.Compile(relaxed.Simplify())
	if err != nil {
		return nil, plain(err)
	}
	if len(prog.Inst) > MaxInsts {
		return nil, fmt.Errorf("the pattern needs %d instructions, the limit is %d: use smaller repeat counts or split the rule", len(prog.Inst), MaxInsts)
	}
	if p.whole.backtracks {
		if err := check(tree); err != nil {
			return nil, err
		}
	}
	p.branches = make([]branch, len(trees.branches))
	for i, t := range trees.branches {
		p.branches[i].learn(t, from.at(i))
	}
	return p, nil
}

// learn finds out what there is to know of a branch before it is run.
func (b *branch) learn(tree *syntax.Regexp, again func() *syntax.Regexp) {
	own, relaxed := programOf(tree, again)
	b.program = own
	b.literals, b.sure, b.reach = required(relaxed)
	if b.sure = b.sure && !b.backtracks; !b.sure && b.literals != nil {
		b.also = alsoRequired(relaxed)
	}
	b.width = width(relaxed)
	b.lone = loneOf(relaxed)
	if b.weak() {
		b.begins, _ = begins(relaxed)
	}
	if b.confirm = own.exact; b.confirm == nil {
		b.confirm = &backtracker{tree: again}
	}
}

// programOf makes the program of a tree with markers; again gives that tree later on.
func programOf(tree *syntax.Regexp, again func() *syntax.Regexp) (program, *syntax.Regexp) {
	relaxed, backtracks := relax(tree)
	least, _ := bounds(tree)
	p := program{tree: again, backtracks: backtracks, empty: least == 0, write: new(sync.Once), once: new(sync.Once)}
	if backtracks || p.empty {
		p.exact = &backtracker{tree: again}
	}
	return p, relaxed
}

// tooMuch tells whether RE2 refused a pattern for its repeat counts.
func tooMuch(err error) bool {
	var e *syntax.Error
	return errors.As(err, &e) && (e.Code == syntax.ErrInvalidRepeatSize || e.Code == syntax.ErrLarge)
}

// plain takes the engine's name for its own rewritten text out of an error.
func plain(err error) error {
	var e *syntax.Error
	switch {
	case tooMuch(err):
		return errors.New("the repeat counts are too large together: use smaller ones or split the rule")
	case errors.As(err, &e):
		return fmt.Errorf("%s: %q", e.Code, e.Expr)
	}
	return err
}

// exact gives the engine that finds and counts matches as Perl does.
func (p *Pattern) exact() *backtracker {
	if p.whole.exact != nil {
		return p.whole.exact
	}
	return p.caught.plain
}

// Literals lists, in lower case, texts of which at least one is in every text that matches; none: unknown.
func (p *Pattern) Literals() []string {
	var all []string
	for _, b := range p.branches {
		if b.literals == nil {
			return nil
		}
		all = append(all, b.literals...)
	}
	return all
}

// Match tells whether the pattern occurs in text. It may take a minute: what strangers send is tried by a Trial or a Group, which
// have limits.
func (p *Pattern) Match(text []byte) bool {
	if p.whole.backtracks {
		v := p.whole.exact.on(text, span{0, len(text)}, time.Minute)
		defer v.done()
		return v.next()
	}
	return p.whole.ready().re.Match(latin1(nil, text))
}

// Expr shows the pattern as the engine has it, for debugging and tests.
func (p *Pattern) Expr() string { return p.whole.source() }

// Split takes a pattern apart into what is between the delimiters and the flags behind them.
func Split(source string) (body, flags string, err error) {
	rest, open := source, byte('/')
	if !strings.HasPrefix(source, "/") {
		var ok bool
		if rest, ok = strings.CutPrefix(source, "m"); !ok {
			rest, ok = strings.CutPrefix(source, "qr")
		}
		if !ok || rest == "" || ascii.Word(rest[0]) || rest[0] == '\\' || rest[0] <= ' ' || rest[0] >= 0x80 {
			return "", "", errors.New("a pattern is written /like this/ or m{like this}, with flags behind it")
		}
		open = rest[0]
	}
	rest = rest[1:]
	end := strings.LastIndexByte(rest, closing(open))
	if end < 0 {
		return "", "", fmt.Errorf("the pattern's closing %c is missing (a # begins a comment: write \\#)", closing(open))
	}
	body, flags = rest[:end], rest[end+1:]
	if i := strings.IndexFunc(flags, func(r rune) bool { return !strings.ContainsRune("imsxaouln", r) }); i >= 0 {
		return "", "", fmt.Errorf("unknown flag %q behind the pattern: i, m, s and x are known", flags[i:])
	}
	return body, flags, unquoted(body, open)
}

func closing(open byte) byte {
	switch open {
	case '{':
		return '}'
	case '(':
		return ')'
	case '[':
		return ']'
	case '<':
		return '>'
	}
	return open
}

// unquoted refuses a delimiter in the middle of a pattern, as Perl would end the pattern there.
func unquoted(body string, open byte) error {
	if closing(open) != open {
		return nil
	}
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '\\':
			i++
		case open:
			return fmt.Errorf("%c within the pattern at byte %d: write \\%c, or use m{…}", open, i+1, open)
		}
	}
	return nil
}
