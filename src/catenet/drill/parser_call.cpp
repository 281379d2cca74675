// System calls: "+0...0.2 read(4, ..., 1000) = -1 EAGAIN (Resource temporarily unavailable)".
#include "catenet/drill/parser_parts.hpp"

namespace catenet::drill {
namespace {

// As deep as structures may nest.
constexpr u32 deepest = 16;

bool read_expression(TokenStream& in, Expression& into, u32 depth);

// "sin_port=", "msg_iov(2)=": a name that a value follows.
bool read_name(TokenStream& in, std::string& name, u32 depth) {
  if (in.peek().kind != TokenKind::word) return true;
  if (in.peek(1).is('=')) {
    name = in.next().text;
    return in.expect('=');
  }
  const bool sized = in.peek(1).is('(') && in.peek(3).is(')') && in.peek(4).is('=');
  if (!sized) return true;
  name = in.next().text;
  Expression size;
  return in.expect('(') && read_expression(in, size, depth + 1) && in.expect(')') && in.expect('=');
}

// Up to `closing`, what opens it having been taken.
bool read_parts(TokenStream& in, Expression& into, char closing, u32 depth) {
  if (in.take(closing)) return true;
  do {
    std::string name;
    Expression& part = into.parts.emplace_back();
    if (!read_name(in, name, depth) || !read_expression(in, part, depth + 1)) return false;
    part.name = std::move(name);
  } while (in.take(','));
  return in.expect(closing);
}

bool read_strings(TokenStream& in, Expression& into) {
  into.kind = Expression::Kind::string;
  while (in.peek().kind == TokenKind::string) into.text += in.next().text;
  into.open = in.take_kind(TokenKind::ellipsis);
  return true;
}

bool read_single(TokenStream& in, Expression& into, u32 depth) {
  const Token& token = in.peek();
  into.place = token.place;
  if (in.take_kind(TokenKind::ellipsis)) return true;
  if (token.kind == TokenKind::string) return read_strings(in, into);
  if (token.kind == TokenKind::number) {
    const auto value = whole_number(token.text);
    if (!value && is_whole(token.text)) {
      return in.fail_at(token.place, token.text + " is beyond 64 bits");
    }
    if (!value) return in.fail("a whole number");
    into.kind = Expression::Kind::integer;
    into.value = *value;
    in.next();
    return true;
  }
  if (in.take('[')) {
    into.kind = Expression::Kind::list;
    return read_parts(in, into, ']', depth);
  }
  if (in.take('{')) {
    into.kind = Expression::Kind::structure;
    return read_parts(in, into, '}', depth);
  }
  if (token.kind != TokenKind::word) return in.fail("a value (a number, a symbol, ... or {…})");
  into.kind = Expression::Kind::word;
  into.text = in.next().text;
  if (!in.take('(')) return true;
  into.kind = Expression::Kind::call;
  return read_parts(in, into, ')', depth);
}

bool read_expression(TokenStream& in, Expression& into, u32 depth) {
  if (depth > deepest) return in.fail_at(in.peek().place, "structures in too many structures");
  if (!read_single(in, into, depth)) return false;
  if (!in.peek().is('|')) return true;
  Expression all;
  all.kind = Expression::Kind::bit_or;
  all.place = into.place;
  all.parts.push_back(std::move(into));
  while (in.take('|')) {
    if (!read_single(in, all.parts.emplace_back(), depth)) return false;
  }
  into = std::move(all);
  return true;
}

// "(Resource temporarily unavailable)", "(flags O_RDWR|O_NONBLOCK)": words for the reader.
bool read_note(TokenStream& in) {
  if (!in.peek().is('(') || in.peek().first_of_line) return true;
  const Place place = in.peek().place;
  while (!in.done() && !in.peek().is(')')) in.next();
  return in.take(')') || in.fail_at(place, "what begins here has no end", "close it with )");
}

}  // namespace

bool parse_expression(TokenStream& in, Expression& into) { return read_expression(in, into, 0); }

bool parse_call(TokenStream& in, CallEvent& call) {
  if (in.take_kind(TokenKind::ellipsis) && !in.duration(call.end.emplace())) return false;
  if (in.peek().kind != TokenKind::word) return in.fail("a system call");
  call.place = in.peek().place;
  call.name = in.next().text;
  if (!in.expect('(')) return false;
  Expression arguments;
  if (!read_parts(in, arguments, ')', 0)) return false;
  call.arguments = std::move(arguments.parts);
  if (!in.peek().is('=')) return in.fail("'=' and the call's result");
  in.next();
  if (!read_expression(in, call.result, 0)) return false;
  const bool error = in.peek().kind == TokenKind::word && !in.peek().first_of_line;
  if (error) call.error = in.next().text;
  return read_note(in);
}

}  // namespace catenet::drill
