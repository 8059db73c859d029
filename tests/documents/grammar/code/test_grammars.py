import pytest

from pipeline.documents.grammar.code.grammars import programming_languages
from pipeline.nodes import NodeKind

from .outlines import calls, checked, definitions

PYTHON = """from shop import rates
from shop.rates import _base as base


@cache
async def 요금(월: int, *, 할인: float = 0.0) -> "dict[str, int]":
    def inner(x): return 월
    return inner(1)


if True:
    class Cart[T](Base, metaclass=M):
        @property
        def size(self) -> int: return self._count()

        def _count(
            self,
            first: tuple = (1,),  # a comment
            last=":",
        ): return rates.total(1)
else:
    def size(a): ...
"""
TYPESCRIPT = """export function add(a: number, b: number): number;
export function add(a: any, b: any): any { return a + b; }
export const half = async (x: number, { y = 1 }: { y?: number } = {}): Promise<number> => twice(x) / 4;
function twice(x: number): number { return x * 2; }
export abstract class Cart<T extends Item> extends Base implements Shop<T> {
  constructor(private zone: string) { super(); this.fill(zone); }
  @log() fill(zone: string): void { [1].forEach((i) => this.push(i)); }
  private push = (i: number): void => { i; };
  abstract total(extra: number): number;
}
interface Shop<T> { find(id: string): T | undefined; name: string; }
const table = { run(a: number) { twice(a); } };
it("halves", () => { half(2); });
"""
JAVASCRIPT = """;(function (root) {
  function baseEach(coll, fn) { return fn(coll); }
  function each(coll, fn) { return baseEach(coll, fn); }
  Cart.prototype.total = function (extra) { return other.total(extra); };
}.call(this));
exports.load = async function (path, cb) { return parse(path); };
function parse(text, opts) { return text; }
class A { run() { return this.walk(1); } static walk(n) { return n; } }
"""
JAVA = """package a.b;
@Deprecated
public final class A<T extends Comparable<T>> extends D implements E {
    @Override @SuppressWarnings("x") public <U> int m(final int a, String... b) throws X { return this.n(a); }
    private int n(int a) { return a; }
    A(int a) { n(a); }
    abstract static class In { abstract void p(int x); Runnable r = new Runnable() { public void run() { } }; }
    enum Z { A { void q(int a) { } }; int ord(int u) { return u; } }
    record P(int a, String b) { static int check(int a) { return a; } int twice() { return check(2); } }
    int over(int a) { return 1; }
    int over(String a) { return over(1); }
}
"""
C = """#include <stdio.h>
#define CALL(x) in_macro(x)
#define MAKE(name) int make_##name(void)
struct node { struct node *next; };
int proto(int a);
static int add(int a,
               int b) /* sum */
{
    return a + b;
}
int *find(const char *s, size_t n) { return add(1, 2) ? 0 : 0; }
void (*getter(int which))(int) { return 0; }
static int in_macro(int q) { return q; }
int make_all(int a) { return in_macro(a); }
MAKE(foo) { return make_all(1); }
int proto(int a) { void (*fp)(int) = a; fp(1); return find("x", 1) ? a : 0; }
int old(a, b) int a; char *b; { return proto(a); }
"""
CPP = """namespace a { namespace b {
template <typename T, int N = 3>
class Box : public Base<T> {
 public:
  explicit Box(int x) : x_(x) {}
  ~Box();
  virtual int size(int a) const = 0;
  int twice() const { return helper(x_); }
  bool operator==(const Box& o) const { return x_ == o.x_; }
  template <class U> void put(U u, int k = 1) { this->store(u); }
  void store(int v) noexcept override { helper(v); }
};
static int helper(int v) { return v; }
int lonely(int v) { return helper(1, 2); }
}}
template <typename T, int N>
a::b::Box<T, N>::~Box() { }
Widget& Widget::operator=(const Widget& o) { return *this; }
Widget::operator bool() const { return true; }
auto Widget::run(std::function<void(int)> f, int n) -> int { draw(n); Widget::draw(1); return n; }
void Widget::draw(int n) const { std::move(n); }
"""
GO = """package server

type Server struct {
	addr string
}
type Handler interface {
	Serve(w Writer, r *Request) error
}

func New(addr string, opts ...Option) (*Server, error) { return nil, check(nil) }
func check(s *Server) error { return nil }
func (s *Server) Run(ctx context.Context) error {
	go func() { s.loop(ctx) }()
	return check(s)
}
func (s *Server) loop(ctx context.Context) {}
func (p Pair[K, V]) Get() (k K, v V) { p.other(); return }
func (p Pair[K, V]) other() {}
func use(x *Pair) { x.other() }
func Map[T, U any](in []T, f func(T) U) []U { return nil }
"""
RUST = """pub struct Server<T> { addr: T }
impl<T: Clone> Server<T> {
    #[inline]
    pub async fn run<F>(&mut self, f: F) -> Result<(), Error>
    where
        F: Fn(u32) -> bool, // callback
    {
        self.step(1);
        Self::make(2);
        println!("{}", inner(5));
        Ok(())
    }
    fn step(&self, n: u32) -> u32 { n }
    fn make(n: u32) {}
}
impl From<u8> for Server<u8> { fn from(x: u8) -> Self { odd!(hidden(1)) } }
const fn inner(n: u32) -> u32 { n }
fn hidden(n: u32) -> u32 { n }
pub trait Step { fn go(&self, n: u8); }
mod tests { use super::*; #[test] fn it_works() { super::inner(1); } }
"""


def test_definitions_of_python_as_written() -> None:
    found = definitions(PYTHON, "a.py")
    assert found["요금"] == 'async def 요금(월: int, *, 할인: float = 0.0) -> "dict[str, int]"'
    assert found["요금.inner"] == "def inner(x)"
    assert found["Cart"] == "class Cart[T](Base, metaclass=M)"
    assert found["Cart.size"] == "def size(self) -> int"
    assert found["Cart._count"] == 'def _count(self, first: tuple = (1,), last=":")'
    assert found["size"] == "def size(a)"


def test_definitions_of_typescript_as_written() -> None:
    found = definitions(TYPESCRIPT, "a.ts")
    assert found["add"] == "export function add(a: any, b: any): any"
    assert found["half"] == (
        "export const half = async (x: number, { y = 1 }: { y?: number } = {}): Promise<number> =>"
    )
    assert found["Cart"] == "export abstract class Cart<T extends Item> extends Base implements Shop<T>"
    assert found["Cart.fill"] == "fill(zone: string): void"
    assert found["Cart.push"] == "private push = (i: number): void =>"
    assert found["Cart.total"] == "abstract total(extra: number): number"
    assert found["Shop.find"] == "find(id: string): T | undefined"
    assert found["table.run"] == "run(a: number)"


def test_definitions_of_javascript_as_written() -> None:
    found = definitions(JAVASCRIPT, "a.js")
    assert found["baseEach"] == "function baseEach(coll, fn)"
    assert found["Cart.prototype.total"] == "Cart.prototype.total = function (extra)"
    assert found["exports.load"] == "exports.load = async function (path, cb)"
    assert found["A.walk"] == "static walk(n)"


def test_definitions_of_java_as_written_without_annotations_and_anonymous_classes() -> None:
    found = definitions(JAVA, "A.java")
    assert found["A"] == "public final class A<T extends Comparable<T>> extends D implements E"
    assert found["A.m"] == "public <U> int m(final int a, String... b) throws X"
    assert found["A.In.p"] == "abstract void p(int x)"
    assert found["A.Z.ord"] == "int ord(int u)"
    assert found["A.P"] == "record P(int a, String b)"
    assert not {label for label in found if label.endswith((".run", ".q"))}


def test_definitions_of_c_as_written_without_prototypes_and_macros() -> None:
    found = definitions(C, "a.c")
    assert found["add"] == "static int add(int a, int b)"
    assert found["find"] == "int *find(const char *s, size_t n)"
    assert found["proto"] == "int proto(int a)"
    assert found["old"] == "int old(a, b) int a; char *b"
    assert found["node"] == "struct node"
    assert "MAKE" not in found


def test_definitions_of_cpp_as_written_inside_and_outside_their_class() -> None:
    found = definitions(CPP, "a.cpp")
    assert found["a::b::Box"] == "template <typename T, int N = 3> class Box : public Base<T>"
    assert found["a::b::Box::Box"] == "explicit Box(int x)"
    assert found["a::b::Box::size"] == "virtual int size(int a) const = 0"
    assert found["a::b::Box::put"] == "template <class U> void put(U u, int k = 1)"
    assert found["a::b::Box::operator=="] == "bool operator==(const Box& o) const"
    assert found["a::b::Box::~Box"] == "template <typename T, int N> a::b::Box<T, N>::~Box()"
    assert found["Widget::operator="] == "Widget& Widget::operator=(const Widget& o)"
    assert found["Widget::operator bool"] == "Widget::operator bool() const"
    assert found["Widget::run"] == "auto Widget::run(std::function<void(int)> f, int n) -> int"


def test_definitions_of_go_as_written_under_their_receiver() -> None:
    found = definitions(GO, "g.go")
    assert found["Server.Run"] == "func (s *Server) Run(ctx context.Context) error"
    assert found["Pair.Get"] == "func (p Pair[K, V]) Get() (k K, v V)"
    assert found["Map"] == "func Map[T, U any](in []T, f func(T) U) []U"
    assert found["Handler.Serve"] == "Serve(w Writer, r *Request) error"


def test_definitions_of_rust_as_written_under_their_type() -> None:
    found = definitions(RUST, "r.rs")
    assert found["Server::run"] == (
        "pub async fn run<F>(&mut self, f: F) -> Result<(), Error> where F: Fn(u32) -> bool"
    )
    assert found["Step::go"] == "fn go(&self, n: u8)"
    assert found["tests::it_works"] == "fn it_works()"


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (PYTHON, "a.py", {("Cart.size", "Cart._count")}),
        (TYPESCRIPT, "a.ts", {("half", "twice"), ("table.run", "twice"), ("Cart.constructor", "Cart.fill"),
                              ("Cart.fill", "Cart.push")}),
        (JAVASCRIPT, "a.js", {("each", "baseEach"), ("exports.load", "parse"), ("A.run", "A.walk")}),
        (JAVA, "A.java", {("A.m", "A.n"), ("A.A", "A.n"), ("A.P.twice", "A.P.check")}),
        (C, "a.c", {("find", "add"), ("proto", "find"), ("old", "proto")}),
        (CPP, "a.cpp", {("a::b::Box::put", "a::b::Box::store"), ("Widget::run", "Widget::draw")}),
        (GO, "g.go", {("New", "check"), ("Server.Run", "check"), ("Server.Run", "Server.loop")}),
        (RUST, "r.rs", {("Server::run", "Server::step"), ("Server::run", "Server::make"), ("Server::run", "inner"),
                        ("tests::it_works", "inner")}),
    ],
)  # fmt: skip
def test_calls_are_those_whose_target_is_certain(text: str, name: str, expected: set[tuple[str, str]]) -> None:
    assert calls(text, name) == expected


def test_every_language_reads_its_sample_whole() -> None:
    samples = {"a.py": PYTHON, "a.ts": TYPESCRIPT, "a.js": JAVASCRIPT, "A.java": JAVA, "a.cpp": CPP, "g.go": GO}
    samples |= {"a.tsx": "const A = (p: P) => <b>{f(p)}</b>;\n", "r.rs": RUST, "a.c": C.replace("MAKE(foo)", "int k()")}
    read = {checked(text, name)[0].value for name, text in samples.items()}
    assert read == {language.name for language in programming_languages()}
    for name, text in samples.items():
        [file] = [node for node in checked(text, name) if node.kind is NodeKind.FILE]
        assert (file.label, file.numbering) == (name, "")
