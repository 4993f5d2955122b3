using System.Collections;
using System.Runtime.CompilerServices;

namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>A list of values, or a function that gives one.</summary>
[CollectionBuilder(typeof(Values), nameof(Create))]
internal sealed class Values : IEnumerable<Value>
{
    private readonly IReadOnlyList<Value> _items;

    private Values(IReadOnlyList<Value> items, Value? function)
    {
        _items = items;
        Function = function;
    }

    /// <summary>What gives the list; null: the items are the list.</summary>
    public Value? Function { get; }

    public static implicit operator Values(Function list) => new([], list);

    public static Values Create(ReadOnlySpan<Value> items) => new(items.ToArray(), null);

    public IEnumerator<Value> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
