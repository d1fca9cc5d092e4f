package password

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// Hashes of "open sesame", the dear parts kept small.
const (
	argon   = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$"
	bcrypt2 = "$2y$04$"
)

func TestAHashIsMadeAndChecked(t *testing.T) {
	one, err := Make("open sesame")
	if err != nil {
		t.Fatal(err)
	}
	two, _ := Make("open sesame")
	if one == two || strings.Contains(one, "sesame") {
		t.Errorf("the hashes are %s and %s", one, two)
	}
	if !Check(one, "open sesame") || Check(one, "open sesam") || Check(one, "") || Check(one, one) {
		t.Error("the hash does not tell right from wrong")
	}
	if _, err := Make(""); err == nil {
		t.Error("an empty password got a hash")
	}
}

func TestHashesOfOtherProgramsAreChecked(t *testing.T) {
	for name, stored := range map[string]string{
		"bcrypt of a kind": mustBcrypt(t, "2a"), "bcrypt as PHP writes it": mustBcrypt(t, "2y"), "bcrypt of today": mustBcrypt(t, "2b"),
		"plain": "open sesame",
	} {
		if err := Valid(stored); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !Check(stored, "open sesame") || Check(stored, "open sesamf") || Check(stored, "") {
			t.Errorf("%s: %s does not tell right from wrong", name, stored)
		}
	}
}

func TestWhatIsNoHashLetsNobodyIn(t *testing.T) {
	good, _ := Make("x")
	fields := strings.Split(good, "$")
	swap := func(i int, s string) string {
		f := append([]string(nil), fields...)
		f[i] = s
		return strings.Join(f, "$")
	}
	for name, stored := range map[string]string{
		"G01_nothing":                       "",
		"G01_a_dollar":                      "$",
		"G01_bcrypt_cut_short":              "$2y$10$abcdefghijklmnopqrstuu",
		"G01_bcrypt_with_something_behind":  mustBcrypt(t, "2b") + "x",
		"G01_bcrypt_that_takes_hours":       strings.Replace(mustBcrypt(t, "2b"), "$04$", "$31$", 1),
		"G01_a_hash_of_crypt":               "$6$salt$hash",
		"G01_a_hash_of_Rspamd":              "$2$g95ywihfinjqx4r69u6mgfs9cqbfq1ay$1h4bm5uod9njfu3hdbwd3w5xf5d9u8gb7i9xnimm5u8ddq3c5byy",
		"G01_argon2i":                       swap(1, "argon2i"),
		"G01_another_version":               swap(2, "v=18"),
		"G01_all_memory_there_is":           swap(3, "m=4294967295,t=2,p=1"),
		"G01_passes_for_ever":               swap(3, "m=64,t=4000000000,p=1"),
		"G01_no_passes":                     swap(3, "m=64,t=0,p=1"),
		"G01_no_threads":                    swap(3, "m=64,t=1,p=0"),
		"G01_something_behind_the_numbers":  swap(3, "m=64,t=1,p=1,x=1"),
		"G01_no_salt":                       swap(4, ""),
		"G01_no_key":                        swap(5, ""),
		"G01_a_key_that_is_easily_met":      swap(5, "AAAA"),
		"G01_a_field_too_few":               strings.Join(fields[:5], "$"),
		"G01_a_field_too_many":              good + "$",
		"G01_salt_that_is_no_base64_at_all": swap(4, "!!!!!!!!!!!!"),
	} {
		t.Run(name, func(t *testing.T) {
			if Valid(stored) == nil || Check(stored, "x") || Check(stored, "") || Check(stored, stored) {
				t.Errorf("%q: %v", stored, Valid(stored))
			}
		})
	}
}

// watched is a keeper whose hashes cost nothing, with a clock of its own.
type watched struct {
	*Keeper
	mu     sync.Mutex
	time   time.Time
	checks int
}

func watch() *watched {
	w := &watched{Keeper: NewKeeper(), time: time.Unix(1e9, 0)}
	w.now = func() time.Time { return w.time }
	w.check = func(stored, given string) bool {
		w.mu.Lock()
		w.checks++
		w.mu.Unlock()
		return strings.TrimPrefix(stored, "$") == given
	}
	return w
}

var here, there = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")

func TestWhatWasRightIsNotComputedAgain(t *testing.T) {
	w := watch()
	for range 5 {
		if got := w.Check(here, "a", "$a"); got != Right {
			t.Fatalf("verdict %d", got)
		}
	}
	if w.checks != 1 {
		t.Errorf("%d computations, want 1", w.checks)
	}
	if w.Check(here, "a", "$b") != Wrong || w.Check(here, "b", "$a") != Wrong {
		t.Error("another password or another hash is right too")
	}
	for n := range 2 * known {
		s := fmt.Sprint(n)
		if w.Check(here, s, "$"+s) != Right {
			t.Fatal("a right password is wrong")
		}
	}
	if len(w.right) > known {
		t.Errorf("%d are remembered, at most %d may be", len(w.right), known)
	}
}

func TestG02_guessing_is_slow_for_one_source_and_does_not_harm_others(t *testing.T) {
	for _, stored := range []string{"$right", "right"} {
		w := watch()
		for n := range burst {
			if got := w.Check(here, "wrong", stored); got != Wrong {
				t.Fatalf("guess %d: verdict %d", n, got)
			}
		}
		before := w.checks
		if w.Check(here, "wrong", stored) != TooMany || w.Check(here, "right", stored) != TooMany {
			t.Error("it may guess on")
		}
		if w.checks != before {
			t.Error("a guess too many was computed")
		}
		if w.Check(there, "right", stored) != Right || w.Check(there, "", stored) != Wrong {
			t.Error("another source suffers")
		}
		if w.time = w.time.Add(regain); w.Check(here, "wrong", stored) != Wrong || w.Check(here, "wrong", stored) != TooMany {
			t.Error("one more guess is regained with time, not none or two")
		}
		if w.time = w.time.Add(burst * regain); w.Check(here, "right", stored) != Right {
			t.Error("it never comes back")
		}
	}
}

func TestG02_a_customer_with_many_addresses_is_one_source(t *testing.T) {
	w := watch()
	for n := range burst {
		w.Check(netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", n+1)), "wrong", "$right")
	}
	if w.Check(netip.MustParseAddr("2001:db8::ffff"), "wrong", "$right") != TooMany {
		t.Error("it may guess on from the same /64")
	}
	if w.Check(netip.MustParseAddr("2001:db8:0:1::1"), "right", "$right") != Right {
		t.Error("the next /64 suffers")
	}
	for n := range sources * 2 {
		w.Check(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), "wrong", "$right")
	}
	if len(w.guesses) > sources {
		t.Errorf("%d sources are remembered, at most %d may be", len(w.guesses), sources)
	}
}

func TestManyMayAskAtOnce(t *testing.T) {
	w := watch()
	var all sync.WaitGroup
	for n := range 16 {
		all.Go(func() {
			if got := w.Check(netip.AddrFrom4([4]byte{10, 0, 0, byte(n)}), "a", "$b", "$a"); got != Right {
				t.Errorf("verdict %d", got)
			}
		})
	}
	all.Wait()
}

func FuzzStored(f *testing.F) {
	good, _ := Make("x")
	for _, s := range []string{good, bcrypt2 + "x", argon, "plain", "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA", "$$$$$", "$2y$04$"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, stored string) {
		if h, err := parse(stored); err == nil && h.memory*h.time > 4096 || isBcrypt(stored) && !strings.HasPrefix(stored[4:], "04") {
			return // dear
		}
		if err := Valid(stored); err != nil {
			if Check(stored, stored) {
				t.Errorf("%q lets somebody in although it is not valid", stored)
			}
			return
		}
		if IsHash(stored) == Check(stored, stored) && len(stored) < 60 {
			t.Errorf("%q: whoever has read it is let in, or a plain one is not", stored)
		}
	})
}
