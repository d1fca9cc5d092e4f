// Package dnslist asks DNS lists (RFC 5782): who is on them is told by addresses in 127.0.0.0/8, whose last bytes say
// why. It is what the filters dnsbl and urlbl share, and no filter itself.
//
// Lists die, and dead lists lie: one that closes often answers for every name (AHBL in 2015), or for none (SORBS in
// 2024), and a list that a resolver may not ask says so in codes that careless programs take for listings. So only
// codes that are configured count; each list is probed both ways, with an entry that it must have and one that it must
// not have, before its word counts for the first time and every few minutes while it is used; and a list that fails is
// left alone until it is well again. A list that hangs makes mail wait once.
package dnslist
