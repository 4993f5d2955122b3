namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>CloudFormation's functions.</summary>
internal static class Fn
{
    public static Function Base64(Value content) => new("Base64", content);

    public static Function Join(string separator, params IReadOnlyList<Value> parts) => new("Join", new object[] { separator, parts });

    public static Function Split(string separator, Value text) => new("Split", new object[] { separator, text });

    public static Function Select(int index, Value list) => new("Select", new object[] { index, list });

    /// <summary>The nth zone of the region.</summary>
    public static Function Zone(int index) => Select(index, new Function("GetAZs", new Text(string.Empty)));

    /// <summary>Networks of <c>2^hostBits</c> addresses each, taken from a larger one.</summary>
    public static Function Cidr(Value network, int count, int hostBits) => new("Cidr", new object[] { network, count, hostBits });

    public static Function FindInMap(string map, Value key, string name) => new("FindInMap", new object[] { map, key, name });

    /// <param name="condition">The condition's name.</param>
    /// <param name="then">Where it holds.</param>
    /// <param name="otherwise">Where it does not; none: the property is left out.</param>
    public static Function If(string condition, Value then, Value? otherwise = null) =>
        new("If", new object[] { condition, then, otherwise ?? Ref.NoValue });

    public static Function Equal(Value left, Value right) => new("Equals", new object[] { left, right });

    public static Function Not(Value condition) => new("Not", new object[] { condition });

    public static Function And(params IReadOnlyList<Value> conditions) => new("And", conditions);

    /// <summary>Whether a parameter was left empty.</summary>
    public static Function Empty(Ref parameter) => Equal(parameter, string.Empty);

    /// <summary>Whether a parameter was given.</summary>
    public static Function Given(Ref parameter) => Not(Empty(parameter));
}
