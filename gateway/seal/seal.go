// Package seal is the table [seal] of the config: the key with which we seal the mail that we pass on (ARC, RFC 8617).
//
// What a gateway does to a mail (a tag in the subject) breaks the signatures that it came with. A seal says to those
// behind us what we found before that, and lets them check that it was us. The work is done by message/chain, and
// package gateway calls it; here the key is read and checked.
package seal

import (
	"crypto"
	"crypto/rsa"
	"errors"
	"fmt"
	"os"
	"strings"

	"weir/filters/setting"
	"weir/message/address"
	"weir/message/chain"
	"weir/message/signature"
)

// Config is the table [seal].
type Config struct {
	Domain   string         `toml:"domain" comment:"d= of our seals, whose DNS has the key's record; empty: nothing is sealed"`
	Selector string         `toml:"selector" comment:"s= of our seals: the record is <selector>._domainkey.<domain>"`
	KeyFile  string         `toml:"key_file" comment:"PEM file of the private key: RSA, 2048 bits; read again at reload"`
	Key      setting.Secret `toml:"private_key" comment:"the private key itself, in PEM, in place of key_file"`
	Always   bool           `toml:"always" comment:"seal all incoming mail; false: only mail that has a chain already, or whose fields we change or remove"`
	Fields   []string       `toml:"fields" comment:"names of fields to sign; none: those that docs/arc.md lists"`
}

// DefaultConfig seals nothing.
func DefaultConfig() Config {
	return Config{Selector: "arc", Always: true, Fields: []string{}}
}

// On tells whether mail is to be sealed.
func (c Config) On() bool { return c.Domain != "" }

// Check tells what is wrong with the settings, without reading the key.
func (c Config) Check() error {
	if !c.On() {
		if c.KeyFile != "" || c.Key != "" {
			return errors.New("seal.domain is missing: name the domain whose DNS has the key's record")
		}
		return nil
	}
	var all []error
	for _, v := range [...]struct{ key, value string }{{"domain", c.Domain}, {"selector", c.Selector}} {
		if !address.IsName(v.value) {
			all = append(all, fmt.Errorf("seal.%s: %q is no name of the DNS: write it like %s", v.key, v.value, map[string]string{"domain": `"example.com"`, "selector": `"arc2026"`}[v.key]))
		}
	}
	if (c.KeyFile == "") == (c.Key == "") {
		all = append(all, errors.New("seal.key_file must name the file of the private key, unless it stands in private_key"))
	}
	if strings.ContainsRune(c.KeyFile, 0) {
		all = append(all, errors.New("seal.key_file has a NUL byte; write the file's path"))
	}
	return errors.Join(all...)
}

// Signer reads the key and gives what seals; nil where nothing is to be sealed.
func (c Config) Signer() (*chain.Signer, error) {
	if !c.On() {
		return nil, nil
	}
	key, err := c.key()
	if err != nil {
		return nil, err
	}
	fields := c.Fields
	if len(fields) == 0 {
		fields = nil
	}
	return chain.NewSigner(key, c.Domain, c.Selector, fields)
}

// Record gives the name and the text of the TXT record that must be in the DNS.
func (c Config) Record() (name, text string, err error) {
	key, err := c.key()
	if err != nil {
		return "", "", err
	}
	text, err = signature.Record(key)
	return c.Selector + "._domainkey." + c.Domain, text, err
}

func (c Config) key() (crypto.Signer, error) {
	text := []byte(c.Key.Reveal())
	if c.KeyFile != "" {
		var err error
		if text, err = os.ReadFile(c.KeyFile); err != nil {
			return nil, fmt.Errorf("seal.key_file can't be read: %w", err)
		}
	}
	key, err := signature.ParsePrivate(text)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if _, ok := key.(*rsa.PrivateKey); !ok {
		return nil, errors.New("seal: the key is no RSA key, and ARC knows no others: make one with `openssl genrsa -out arc.pem 2048`")
	}
	return key, nil
}
