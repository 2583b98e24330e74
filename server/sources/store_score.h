// The score of one store, part by part. Points are those of docs/statements.md; what
// they are made of is named, so that a test can show what each part decides.
#pragma once

#include "server/sources/candidate.h"
#include "server/sources/value_types.h"

namespace whyalive::sources {

namespace points {
inline constexpr int kOwnClass = 30;         // self/cls store in the owner's class …
inline constexpr int kPerMroStep = -2;       // … less with each step of the MRO
inline constexpr int kUnrelatedClass = -30;  // self of some other class
inline constexpr int kMroModule = 14;        // other receiver, in a module of a class of the MRO
inline constexpr int kOwnPackage = 10;       // … in the owner's package
inline constexpr int kMroPackage = 8;        // … in the package of a class of the MRO
inline constexpr int kTypedReceiver =
    24;                                   // receiver annotated with, or made as, a class of the MRO
inline constexpr int kNamedReceiver = 6;  // receiver called as the path before the holder is
inline constexpr int kElsewhere = -12;    // other receiver, other package, nothing else known
inline constexpr int kOutsideLibrary = 40;  // holder in the standard library, store outside
inline constexpr int kDominantValue = 8;
inline constexpr int kCommonValue = 3;
inline constexpr int kAbsentValue = -25;
inline constexpr int kHeldShape = 6;
inline constexpr int kPossibleShape = 2;
inline constexpr int kOtherShape = -8;
inline constexpr int kConstructor = -10;
inline constexpr int kOwnConstructor = -25;  // of the holder's owner: once for each holder
inline constexpr int kModuleLevel = -50;
inline constexpr int kBulk = -4;
inline constexpr int kLoop = -1;
inline constexpr int kDepthFits = 3;
inline constexpr int kDepthDiffers = -2;
inline constexpr int kSameKey = 6;     // the very key under which the container lies …
inline constexpr int kOtherKey = -10;  // … or another one
inline constexpr int kDynamicName = -8;
inline constexpr int kPatternName = -3;  // … whose fixed letters fit
inline constexpr int kDefaultRead = -4;  // a look-up that makes a defaultdict's entry
inline constexpr int kReplaces = -6;  // x = x + […]: a copy each time, seldom how a leak is written
}  // namespace points

// How a use relates to the wanted owner; nothing when it cannot be meant.
struct Relation {
  bool possible = false;
  int score = 0;
};

Relation relate(const Wanted& wanted, const SourceFile& file, const Use& use, const Search& search);

int scoreStore(const Wanted& wanted, const SourceFile& file, const Use& use, Relation relation,
               const Search& search);

// Whether the use changes the held container rather than one above or below it.
bool changesTheHeld(const Wanted& wanted, const Use& use);

// Whether the use puts something in, as looking a key up in a defaultdict does.
bool isGrowing(const Wanted& wanted, const Use& use);

// The method must exist on what is changed: the container itself, or what lies below it.
bool methodFits(const Wanted& wanted, const Use& use);

// Whether class number `cls` of `file` is the wanted owner's; its place in the MRO, else -1.
int mroStepOf(const Wanted& wanted, const SourceFile& file, int cls);

bool isConstructor(std::string_view function);

}  // namespace whyalive::sources
