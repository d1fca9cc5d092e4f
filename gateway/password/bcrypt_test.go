package password

import (
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// mustBcrypt hashes "open sesame" at the least cost, under another of the names that mean the same.
func mustBcrypt(t *testing.T, kind string) string {
	t.Helper()
	b, err := bcrypt.GenerateFromPassword([]byte("open sesame"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(string(b), "$2a$", "$"+kind+"$", 1)
}
