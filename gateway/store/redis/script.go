package redis

import (
	"crypto/sha1"
	_ "embed"
	"encoding/hex"
)

//go:embed scripts/bucket.lua
var bucketLua string

//go:embed scripts/entry.lua
var entryLua string

//go:embed scripts/append.lua
var appendLua string

//go:embed scripts/learn.lua
var learnLua string

// script is a Lua script. It is called by its digest; where the server does not know it (a new server, SCRIPT FLUSH),
// it has done nothing, and is called once more with its text, which the server then knows.
type script struct {
	text, digest string
}

func newScript(text string) *script {
	text = bucketLua + text
	sum := sha1.Sum([]byte(text)) // the digest Redis knows scripts by
	return &script{text, hex.EncodeToString(sum[:])}
}

var (
	entryScript  = newScript(entryLua)
	appendScript = newScript(appendLua)
	learnScript  = newScript(learnLua)
)
